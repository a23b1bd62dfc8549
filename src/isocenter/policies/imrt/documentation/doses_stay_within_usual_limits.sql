-- title:        Critical structures that the prescription sets no limit for stay within published ones
-- fault:        A critical structure without a prescribed limit receives more than the published limit
-- requirements: REC-1, SYS-4
-- cites:        documentation, paragraph 1, item 1
-- judges:       plan
-- needs:        plans, plan_measures, structures
-- affects:      imrt_service_lines
-- consequence:  inform
-- remedy:       State the constraint of the structure in the prescription, and why a dose beyond the published limit is accepted.

with

limits as (

    select
        max(case when readings.name = 'conventional_fraction_least_gy' then readings.number end) as least_gy,
        max(case when readings.name = 'conventional_fraction_most_gy' then readings.number end) as most_gy
    from readings

),

unlimited as (

    select distinct
        plans.plan_id,
        structures.name,
        structures.standard_name,
        plans.prescribed_dose_gy / plans.fractions as fraction_gy
    from plans
    inner join structures on plans.plan_id = structures.plan_id
    where
        structures.role = 'critical'
        and plans.fractions >= 1
        and plans.prescribed_dose_gy > 0
        and not exists (
            select 1 from constraints
            where
                constraints.course_id = plans.course_id
                and lower(constraints.structure) in (lower(structures.name), lower(structures.standard_name))
        )

),

compared as (

    select
        unlimited.plan_id,
        unlimited.name,
        unlimited.fraction_gy,
        usual_limits.measure,
        usual_limits.unit,
        usual_limits.against,
        usual_limits.source,
        cast(usual_limits.at_most as double) as at_most,
        plan_measures.value,
        row_number() over (
            partition by unlimited.plan_id
            order by
                plan_measures.value / cast(usual_limits.at_most as double) desc,
                unlimited.name,
                usual_limits.measure
        ) as place
    from unlimited
    inner join usual_limits
        on
            unlimited.standard_name in (
                usual_limits.structure, concat(usual_limits.structure, '_L'), concat(usual_limits.structure, '_R')
            )
    inner join plan_measures
        on
            unlimited.plan_id = plan_measures.plan_id
            and unlimited.name = plan_measures.structure
            and usual_limits.measure = plan_measures.measure

),

counted as (

    select
        compared.plan_id,
        count(*) as compared,
        count(case when compared.value > compared.at_most then 1 end) as exceeded
    from compared
    group by compared.plan_id

)

select
    counted.plan_id as subject_id,
    case
        when compared.fraction_gy < limits.least_gy or compared.fraction_gy > limits.most_gy then 'not_applicable'
        when counted.exceeded > 0 then 'not_met'
        when counted.compared > 0 then 'met'
    end as outcome,
    case
        when compared.fraction_gy < limits.least_gy or compared.fraction_gy > limits.most_gy then concat(
            'published limits hold for conventional fractions, and the fraction of this plan is ',
            printf('%.2f', floor(compared.fraction_gy * 100 + 0.5) / 100), ' Gy'
        )
        else concat(
            'published limits of structures without a constraint: ', counted.compared, ', exceeded: ',
            counted.exceeded, '; ',
            case when counted.exceeded > 0 then 'farthest beyond is ' else 'nearest to one is ' end,
            compared.name, ' ', compared.measure, ' of ', printf('%.1f', floor(compared.value * 10 + 0.5) / 10), ' ',
            compared.unit, ', against at most ', cast(floor(compared.at_most + 0.5) as integer), ' ', compared.unit,
            ' (', compared.against, '; ', compared.source, ')'
        )
    end as because
from counted
inner join compared on counted.plan_id = compared.plan_id
cross join limits
where compared.place = 1
