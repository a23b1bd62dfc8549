-- title:        IMRT delivery is billed for fractions of an IMRT plan
-- fault:        IMRT delivery is billed for fractions of a plan that is not IMRT
-- requirements: IMRT-2, UTIL-4
-- cites:        77301, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, plans
-- rests_on:     itself, delivery_kinds
-- consequence:  review
-- remedy:       Send the treatment records that show which plan gave each fraction, or bill the fractions of the plan that is not IMRT by the code of their technique.

with

-- Plans that may have been delivered: no sum of plans, none that was rejected or computed for a comparison.
delivered_plans as (

    select
        plans.plan_id,
        plans.course_id,
        plans.fractions,
        plan_techniques.is_imrt
    from plans
    inner join plan_techniques on plans.plan_id = plan_techniques.plan_id
    where
        plans.approval <> 'REJECTED'
        and plans.origin <> 'computed'
        and plans.summed_plans is null
        and coalesce(plans.is_evidence, true)

),

-- Courses with an IMRT plan beside a plan that is not, or may not be.
mixed_courses as (

    select
        delivered_plans.course_id,
        count(case when delivered_plans.is_imrt then 1 end) as imrt_plans,
        count(case when delivered_plans.is_imrt then delivered_plans.fractions end) as imrt_plans_counted,
        cast(sum(case when delivered_plans.is_imrt then delivered_plans.fractions end) as bigint) as imrt_fractions
    from delivered_plans
    group by delivered_plans.course_id
    having
        count(case when delivered_plans.is_imrt then 1 end) > 0
        and count(case when delivered_plans.is_imrt then 1 end) < count(*)

),

-- A line that is billed again is no further fraction; of several days it may be billed before for some alone.
billed_before as (

    select
        services_billed_before.claim_line_id,
        count(distinct case when services_billed_before.is_of_span then services_billed_before.service_day end) as days,
        max(case when services_billed_before.is_of_span then 0 else 1 end) as is_whole
    from services_billed_before
    where services_billed_before.claim_id > services_billed_before.first_claim_with_unnamed
    group by services_billed_before.claim_line_id

),

fractions_billed as (

    select
        imrt_delivery_lines.claim_line_id,
        case
            when services_repeated_on_a_claim.claim_line_id is not null then 0
            when billed_before.is_whole = 1 then 0
            else greatest(imrt_delivery_lines.units - coalesce(billed_before.days, 0), 0)
        end as units
    from imrt_delivery_lines
    left join services_repeated_on_a_claim
        on imrt_delivery_lines.claim_line_id = services_repeated_on_a_claim.claim_line_id
    left join billed_before on imrt_delivery_lines.claim_line_id = billed_before.claim_line_id

),

lines as (

    select
        imrt_delivery_lines.claim_line_id,
        imrt_delivery_lines.course_id,
        imrt_delivery_lines.service_date,
        cast(sum(imrt_delivery_lines.units) over (
            partition by imrt_delivery_lines.course_id, imrt_delivery_lines.service_date
            order by imrt_delivery_lines.claim_line_id
        ) as bigint) as units_of_day,
        cast(sum(fractions_billed.units) over (
            partition by imrt_delivery_lines.course_id
            order by imrt_delivery_lines.service_date, imrt_delivery_lines.claim_line_id
        ) as bigint) as units_so_far,
        mixed_courses.imrt_fractions,
        mixed_courses.imrt_plans_counted = mixed_courses.imrt_plans as is_counted
    from imrt_delivery_lines
    inner join mixed_courses on imrt_delivery_lines.course_id = mixed_courses.course_id
    inner join fractions_billed on imrt_delivery_lines.claim_line_id = fractions_billed.claim_line_id
    where imrt_delivery_lines.bills_technical_part

),

days as (

    select
        lines.claim_line_id,
        lines.course_id,
        coalesce(service_days.service_day, lines.service_date) as delivered_on
    from lines
    left join service_days on lines.claim_line_id = service_days.claim_line_id

),

-- What the records of the line's days show, by the kind of plan that gave the fraction.
given as (

    select
        days.claim_line_id,
        count(case when delivered_plans.is_imrt then 1 end) as by_imrt,
        count(case when delivered_plans.plan_id is null then 1 end) as by_unnamed,
        count(case when not delivered_plans.is_imrt then 1 end) as by_others,
        count(case when delivered_plans.plan_id is not null and delivered_plans.is_imrt is null then 1 end) as by_unknown
    from days
    inner join fractions
        on
            days.course_id = fractions.course_id
            and days.delivered_on = fractions.delivered_on
    left join delivered_plans
        on
            fractions.course_id = delivered_plans.course_id
            and fractions.plan_id = delivered_plans.plan_id
    group by days.claim_line_id

),

judged as (

    select
        lines.*,
        coalesce(given.by_imrt, 0) as by_imrt,
        coalesce(given.by_others, 0) as by_others,
        coalesce(given.by_unknown, 0) as by_unknown,
        case
            when given.by_imrt >= lines.units_of_day then 'met'
            when
                given.by_others > 0
                and given.by_unknown = 0
                and given.by_imrt + given.by_unnamed < lines.units_of_day
                then 'not_met'
            when given.by_others + given.by_unknown > 0 then 'not_documented'
            when lines.is_counted and lines.units_so_far <= lines.imrt_fractions then 'met'
            else 'not_documented'
        end as outcome
    from lines
    left join given on lines.claim_line_id = given.claim_line_id

)

select
    judged.claim_line_id as subject_id,
    judged.outcome,
    concat(
        'IMRT delivery billed for ', judged.service_date, '; ',
        case
            when judged.by_imrt + judged.by_others + judged.by_unknown > 0
                then concat(
                    'fractions on record for that service: ', judged.by_imrt, ' of an IMRT plan, ',
                    judged.by_others, ' of a plan that is not IMRT',
                    case
                        when judged.by_unknown > 0
                            then concat(', ', judged.by_unknown, ' of a plan of unknown technique')
                        else ''
                    end
                )
            when judged.is_counted
                then concat(
                    'IMRT fractions billed so far: ', judged.units_so_far,
                    '; fractions of the IMRT plans: ', judged.imrt_fractions
                )
            else 'an IMRT plan of the course does not state its fractions'
        end,
        case
            when judged.outcome = 'not_documented' then '; another plan of the course is not shown to be IMRT'
            else ''
        end
    ) as because
from judged
