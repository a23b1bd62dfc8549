-- title: Each condition of each course: who documents it, and what plan and history show of it

with

weighed as (

    select
        courses_under_review.course_id,
        conditions.condition,
        documented_conditions.course_id is not null as is_documented,
        coalesce(documented_conditions.documented_by, '') as documented_by,
        coalesce(plan_signs.evidence, '') as evidence,
        coalesce(plan_signs.shown, '') as shown,
        -- Earlier irradiation and the dose are a need whatever organs lie there.
        statements_of_other_regions.course_id is not null
        and conditions.condition in ('condition_proximity', 'condition_narrow_margins', 'condition_concavity')
            as is_of_other_region,
        coalesce(statements_of_other_regions.site, '') as site,
        coalesce(statements_of_other_regions.first_organ, '') as organ_elsewhere
    from courses_under_review
    cross join conditions
    left join documented_conditions
        on
            courses_under_review.course_id = documented_conditions.course_id
            and conditions.condition = documented_conditions.condition
    left join plan_signs
        on
            courses_under_review.course_id = plan_signs.course_id
            and conditions.condition = plan_signs.condition
    left join statements_of_other_regions
        on courses_under_review.course_id = statements_of_other_regions.course_id

),

counted as (

    select
        weighed.*,
        weighed.evidence = 'contradicts' or weighed.is_of_other_region as is_doubted,
        count(case
            when
                weighed.is_documented and weighed.evidence <> 'contradicts' and not weighed.is_of_other_region
                then 1
        end)
            over (partition by weighed.course_id) as conditions_that_hold
    from weighed

)

-- One documented condition is enough: what the plan says against another then decides nothing.
select
    counted.course_id,
    counted.condition,
    case
        when not counted.is_documented then 'not_applicable'
        when not counted.is_doubted then 'met'
        when counted.conditions_that_hold > 0 then 'not_applicable'
        else 'not_met'
    end as outcome,
    case when counted.is_documented or counted.evidence = 'supports' then counted.evidence else '' end as evidence,
    concat(
        case
            when counted.is_documented then counted.documented_by
            else 'no signed statement of the treating physician names this condition'
        end,
        case
            when counted.evidence = '' then '; no measure addresses it'
            when counted.evidence = 'supports' then concat('; the measures support it: ', counted.shown)
            when not counted.is_documented then concat('; the measures do not show it: ', counted.shown)
            when counted.evidence = 'leaves_open' then concat('; the measures leave it open: ', counted.shown)
            else concat('; the measures contradict it: ', counted.shown)
        end,
        case
            when counted.is_documented and counted.is_of_other_region then concat(
                '; the site is ', replace(counted.site, '_', ' '),
                ', and every organ that the statement names lies in another region, such as: ', counted.organ_elsewhere
            )
            else ''
        end,
        case
            when counted.is_documented and counted.is_doubted and counted.conditions_that_hold > 0
                then '; another condition is documented, and one is enough'
            else ''
        end
    ) as because
from counted
