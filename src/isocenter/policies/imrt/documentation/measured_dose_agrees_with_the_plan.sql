-- title:        The measured dose agrees with the planned dose, measured before the end of treatment
-- fault:        The measured dose is not shown to agree with the planned dose
-- requirements: VER-1, SYS-5
-- cites:        verification, paragraph 1, sentence 1
-- judges:       plan
-- needs:        plans, verifications
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the measurement with its date, criteria and result, and the signed record of what was done about a result outside its limit.
-- asks:         dosimetric_verification

with

shown as (

    select
        graded.*,
        row_number() over (
            partition by graded.plan_id
            order by
                case graded.grade
                    when 'beyond' then 1 when 'late' then 2 when 'unknown' then 3 when 'undated' then 4 when 'early' then 5 when 'not comparable' then 6 else 7
                end,
                graded.field,
                graded.criteria,
                graded.result,
                coalesce(graded.verified_on, cast('1900-01-01' as date)),
                coalesce(graded.value, 0),
                coalesce(graded.dose_criterion_percent, 0),
                coalesce(graded.distance_criterion_mm, 0)
        ) as rank_of_grade
    from graded_measurements as graded
    where graded.is_plan_at_hand

),

counted as (

    select
        graded.plan_id,
        count(*) as results,
        count(case when graded.agreement = 'within' then 1 end) as within,
        count(case when graded.grade = 'beyond' then 1 end) as beyond,
        count(case when graded.grade = 'late' then 1 end) as late,
        count(case when graded.grade in ('unknown', 'undated', 'early') then 1 end) as unknown,
        cast(sum(graded.repeats - 1) as bigint) as replaced
    from graded_measurements as graded
    where graded.is_plan_at_hand
    group by graded.plan_id

)

select
    plans.plan_id as subject_id,
    case
        when counted.beyond > 0 and not shown.is_resolved then 'not_met'
        when counted.late > 0 and counted.late = counted.results then 'not_met'
        when counted.unknown > 0 then 'not_documented'
        when counted.beyond > 0 or counted.within > 0 then 'met'
        else 'not_applicable'
    end as outcome,
    concat(
        'results of measurements: ', counted.results, ', within their limit: ', counted.within, ', beyond: ',
        counted.beyond, ', after the last fraction: ', counted.late,
        case when counted.replaced > 0 then concat(', replaced by a later one: ', counted.replaced) else '' end,
        '; ', shown.said,
        case
            when counted.beyond > 0 and shown.is_resolved
                then '; a signed record says what was done about it'
            else ''
        end
    ) as because
from plans
inner join counted on plans.plan_id = counted.plan_id
inner join shown on plans.plan_id = shown.plan_id
where shown.rank_of_grade = 1
