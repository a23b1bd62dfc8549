-- title:        The plan meets the dose constraints of its prescription, or a signed review explains which it misses and why
-- fault:        The plan misses a prescribed dose constraint and no signed review explains why
-- requirements: REC-1, SYS-4
-- cites:        documentation, paragraph 1, item 1
-- judges:       plan
-- needs:        plans, constraint_results, constraints
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the radiation oncologist's signed review that names the constraint which the plan misses and says why it is accepted.
-- asks:         dvh_review

with

-- Several plans of a course share its prescription, whose constraints hold for their sum.
planned as (

    select
        plans.course_id,
        count(distinct plans.plan_id) as measured_plans
    from plans
    inner join constraint_results on plans.plan_id = constraint_results.plan_id
    group by plans.course_id

),

listed as (

    select
        constraints.course_id,
        count(*) as constraints_listed
    from constraints
    group by constraints.course_id

),

margins as (

    select distinct
        plans.course_id,
        constraint_results.plan_id,
        constraint_results.structure,
        constraint_results.metric,
        constraint_results.comparison,
        constraint_results.limit as limit_value,
        constraint_results.unit,
        constraint_results.value as reached,
        -constraint_results.margin as missed_by
    from constraint_results
    inner join plans on constraint_results.plan_id = plans.plan_id

),

explained as (

    -- A review that names no structure covers all.
    select distinct
        plans.plan_id,
        structures.name
    from stated_elements
    inner join plans on stated_elements.course_id = plans.course_id
    inner join structures
        on
            plans.plan_id = structures.plan_id
            and lower(stated_elements.detail) in ('', lower(structures.name), lower(structures.standard_name))
    where
        stated_elements.kind = 'dvh_review'
        and stated_elements.element = 'constraints_explained'
        and stated_elements.is_signed_by_physician

),

judged as (

    select
        margins.plan_id,
        margins.course_id,
        margins.structure,
        margins.metric,
        margins.comparison,
        margins.limit_value,
        margins.unit,
        margins.missed_by,
        margins.reached,
        margins.missed_by > 0 and margins.missed_by * 100 > readings.number * abs(margins.limit_value) as is_missed,
        margins.missed_by / coalesce(nullif(abs(margins.limit_value), 0), 1) as missed_share,
        explained.plan_id is not null as is_explained
    from margins
    inner join readings on readings.name = 'constraint_tolerance_percent'
    left join explained
        on
            margins.plan_id = explained.plan_id
            and margins.structure = explained.name

),

ranked as (

    select
        judged.*,
        row_number() over (
            partition by judged.plan_id
            order by
                case when judged.is_missed and not judged.is_explained then 0 when judged.is_missed then 1 else 2 end,
                judged.missed_share desc,
                judged.structure,
                judged.metric,
                judged.comparison,
                judged.limit_value
        ) as place
    from judged

),

counted as (

    select
        judged.plan_id,
        count(*) as measured,
        count(case when judged.is_missed then 1 end) as missed,
        count(case when judged.is_missed and judged.is_explained then 1 end) as explained
    from judged
    group by judged.plan_id

)

select
    counted.plan_id as subject_id,
    case
        when planned.measured_plans > 1 then 'not_applicable'
        when counted.missed > counted.explained then 'not_documented'
        when counted.measured > 0 then 'met'
    end as outcome,
    concat(
        'constraints of the prescription: ', listed.constraints_listed, ', measured: ', counted.measured,
        ', missed: ', counted.missed, ', of these explained by a signed review: ', counted.explained,
        case
            when counted.missed = 0 then ''
            when ranked.missed_by < 0.05
                then concat(
                    '; ', ranked.structure, ' ', ranked.metric, ' ', ranked.comparison, ' ',
                    printf('%.2f', floor(ranked.limit_value * 100 + 0.5) / 100), ' ', ranked.unit,
                    ' is missed by less than 0.1 ', ranked.unit,
                    ' (the plan reaches ', printf('%.2f', floor(ranked.reached * 100 + 0.5) / 100), ' ',
                    ranked.unit, ')'
                )
            else concat(
                '; ', ranked.structure, ' ', ranked.metric, ' ', ranked.comparison, ' ',
                printf('%.1f', floor(ranked.limit_value * 10 + 0.5) / 10), ' ', ranked.unit, ' is missed by ',
                printf('%.1f', floor(ranked.missed_by * 10 + 0.5) / 10), ' ', ranked.unit, ' (the plan reaches ',
                printf('%.1f', floor(ranked.reached * 10 + 0.5) / 10), ' ', ranked.unit, ')'
            )
        end,
        case
            when planned.measured_plans > 1 then '; several plans make up the course, and their sum is not measured'
            else ''
        end
    ) as because
from counted
inner join ranked on counted.plan_id = ranked.plan_id
inner join planned on ranked.course_id = planned.course_id
inner join listed on ranked.course_id = listed.course_id
where ranked.place = 1
