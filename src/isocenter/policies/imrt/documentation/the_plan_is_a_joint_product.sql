-- title:        The plan is the joint product of physician, medical physicist and dosimetrist
-- fault:        The computed plan is not signed by the physician and the medical physicist
-- requirements: IMRT-10
-- cites:        77301, paragraph 1, sentence 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the computed plan with the signatures of the physician and the medical physicist.
-- asks:         plan_report

with

signed as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        count(plan_elements.document_id) as reports,
        -- Who signed before the planning CT has not signed the plan that was made on it.
        max(case
            when
                plan_elements.is_signed_by_physician
                and coalesce(plan_elements.physician_signed_last_on >= plan_elements.simulated_on, true)
                then 1
            else 0
        end) as by_physician,
        max(case
            when
                plan_elements.is_signed_by_physicist
                and coalesce(plan_elements.physicist_signed_last_on >= plan_elements.simulated_on, true)
                then 1
            else 0
        end) as by_physicist,
        max(case when plan_elements.is_signed_by_dosimetrist then 1 else 0 end) as by_dosimetrist,
        min(case
            when
                plan_elements.physician_signed_last_on < plan_elements.simulated_on
                or plan_elements.physicist_signed_last_on < plan_elements.simulated_on
                then plan_elements.simulated_on
        end) as not_before
    from plan_phases
    left join plan_elements
        on
            plan_phases.course_id = plan_elements.course_id
            and plan_phases.phase = plan_elements.phase
            and plan_elements.kind = 'plan_report'
            and plan_elements.element = 'computed_plan'
    group by plan_phases.course_id, plan_phases.phase, plan_phases.of_replan

),

ranked as (

    select
        signed.*,
        row_number() over (
            partition by signed.course_id
            order by least(signed.by_physician, signed.by_physicist), signed.phase
        ) as place
    from signed

)

select
    ranked.course_id as subject_id,
    case
        when ranked.by_physician = 1 and ranked.by_physicist = 1 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when ranked.reports = 0 then concat('the chart holds no report of the computed plan', ranked.of_replan)
        else concat(
            'the plan report', ranked.of_replan, ' is signed by the physician: ',
            case when ranked.by_physician = 1 then 'yes' else 'no' end,
            ', the medical physicist: ', case when ranked.by_physicist = 1 then 'yes' else 'no' end,
            -- The policy names the dosimetrist as one of the authors and asks for no signature of theirs.
            case when ranked.by_dosimetrist = 1 then ', the dosimetrist: yes' else '' end,
            case
                when least(ranked.by_physician, ranked.by_physicist) = 1 or ranked.not_before is null then ''
                else concat('; a signature before the simulation of ', ranked.not_before, ' does not count')
            end
        )
    end as because
from ranked
where ranked.place = 1
