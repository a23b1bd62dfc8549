-- title:        Set-up and delivery are verified by dosimetry, signed by radiation oncologist and medical physicist
-- fault:        The record does not verify the set-up and the delivery of dose
-- requirements: IMRT-8
-- cites:        77301, paragraph 2, item 4
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the dosimetric verification of set-up and delivery with the signatures of both the radiation oncologist and the medical physicist.
-- asks:         dosimetric_verification

with

required as (

    select
        document_checklist.element,
        document_checklist.label
    from document_checklist
    where document_checklist.requirement = 'IMRT-8'

),

asked as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        required.element,
        required.label,
        count(plan_elements.document_id) as statements,
        count(case when plan_elements.is_signed_by_oncologist then 1 end) as signed_by_oncologist,
        count(case when plan_elements.is_signed_by_physicist then 1 end) as signed_by_physicist
    from plan_phases
    cross join required
    left join plan_elements
        on
            plan_phases.course_id = plan_elements.course_id
            and plan_phases.phase = plan_elements.phase
            and plan_elements.kind = 'dosimetric_verification'
            and required.element = plan_elements.element
    group by plan_phases.course_id, plan_phases.phase, plan_phases.of_replan, required.element, required.label

),

summed as (

    select
        asked.course_id,
        asked.phase,
        asked.of_replan,
        count(*) as required,
        count(case when asked.statements > 0 then 1 end) as stated,
        coalesce(min(case when asked.statements = 0 then asked.label end), '') as first_missing,
        min(case when asked.signed_by_oncologist > 0 then 1 else 0 end) as oncologist_signed,
        min(case when asked.signed_by_physicist > 0 then 1 else 0 end) as physicist_signed
    from asked
    group by asked.course_id, asked.phase, asked.of_replan

),

ranked as (

    select
        summed.*,
        row_number() over (
            partition by summed.course_id
            order by least(summed.oncologist_signed, summed.physicist_signed), summed.phase
        ) as place
    from summed

)

select
    ranked.course_id as subject_id,
    case
        when ranked.oncologist_signed = 1 and ranked.physicist_signed = 1 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when ranked.stated = 0 then concat('the chart holds no dosimetric verification', ranked.of_replan)
        when ranked.stated < ranked.required
            then concat('the verification', ranked.of_replan, ' does not state: ', ranked.first_missing)
        else concat(
            'set-up and delivery are verified', ranked.of_replan, '; signed by the radiation oncologist: ',
            case when ranked.oncologist_signed = 1 then 'yes' else 'no' end,
            ', by the medical physicist: ', case when ranked.physicist_signed = 1 then 'yes' else 'no' end
        )
    end as because
from ranked
where ranked.place = 1
