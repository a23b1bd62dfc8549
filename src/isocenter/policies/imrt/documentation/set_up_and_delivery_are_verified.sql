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

-- Who signed before the planning CT has verified nothing of the plan that was made on it.
verified as (

    select
        plan_elements.document_id,
        plan_elements.course_id,
        plan_elements.phase,
        plan_elements.element,
        plan_elements.is_signed_by_oncologist
        and coalesce(plan_elements.oncologist_signed_last_on >= plan_elements.simulated_on, true)
            as is_signed_by_oncologist,
        plan_elements.is_signed_by_physicist
        and coalesce(plan_elements.physicist_signed_last_on >= plan_elements.simulated_on, true)
            as is_signed_by_physicist,
        case
            when
                plan_elements.oncologist_signed_last_on < plan_elements.simulated_on
                or plan_elements.physicist_signed_last_on < plan_elements.simulated_on
                then plan_elements.simulated_on
        end as not_before
    from plan_elements
    where plan_elements.kind = 'dosimetric_verification'

),

asked as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        required.element,
        required.label,
        count(verified.document_id) as statements,
        count(case when verified.is_signed_by_oncologist then 1 end) as signed_by_oncologist,
        count(case when verified.is_signed_by_physicist then 1 end) as signed_by_physicist,
        min(verified.not_before) as not_before
    from plan_phases
    cross join required
    left join verified
        on
            plan_phases.course_id = verified.course_id
            and plan_phases.phase = verified.phase
            and required.element = verified.element
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
        min(asked.not_before) as not_before,
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
            ', by the medical physicist: ', case when ranked.physicist_signed = 1 then 'yes' else 'no' end,
            case
                when least(ranked.oncologist_signed, ranked.physicist_signed) = 1 or ranked.not_before is null then ''
                else concat('; a signature before the simulation of ', ranked.not_before, ' does not count')
            end
        )
    end as because
from ranked
where ranked.place = 1
