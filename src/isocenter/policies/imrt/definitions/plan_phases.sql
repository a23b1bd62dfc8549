-- title: The plan of a course under review and each replan after a change of anatomy, with its days: prepared from, planned on, delivered from

-- A plan is billed once, or as the physician's and the technical part on days that may differ.
with

billed_parts as (

    select distinct
        coded_lines.course_id,
        coded_lines.service_date,
        'professional' as part
    from coded_lines
    where
        coded_lines.code_list = 'imrt_plan'
        and coded_lines.bills_professional_part

    union all

    select distinct
        coded_lines.course_id,
        coded_lines.service_date,
        'technical' as part
    from coded_lines
    where
        coded_lines.code_list = 'imrt_plan'
        and coded_lines.bills_technical_part

),

numbered_parts as (

    select
        billed_parts.*,
        row_number() over (
            partition by billed_parts.course_id, billed_parts.part order by billed_parts.service_date
        ) as phase
    from billed_parts

),

billed_plans as (

    select
        numbered_parts.course_id,
        numbered_parts.phase,
        min(numbered_parts.service_date) as planned_on
    from numbered_parts
    group by numbered_parts.course_id, numbered_parts.phase

),

-- What belongs to a replan dates from the change of anatomy that calls for it. A further plan without one is judged
-- as a second plan of its course, and nothing is asked about it here.
changes as (

    select
        billed_plans.course_id,
        billed_plans.phase,
        max(final_documents.document_date) as changed_on
    from billed_plans
    inner join billed_plans as before
        on
            billed_plans.course_id = before.course_id
            and billed_plans.phase = before.phase + 1
    inner join final_documents
        on
            billed_plans.course_id = final_documents.course_id
            and final_documents.kind = 'anatomy_change'
            and final_documents.document_date > before.planned_on
            and final_documents.document_date <= billed_plans.planned_on
    group by billed_plans.course_id, billed_plans.phase

),

deliveries as (

    select
        billed_plans.course_id,
        billed_plans.phase,
        min(delivery_days.delivered_on) as first_delivery
    from billed_plans
    inner join delivery_days
        on
            billed_plans.course_id = delivery_days.course_id
            and (billed_plans.phase = 1 or delivery_days.delivered_on >= billed_plans.planned_on)
    group by billed_plans.course_id, billed_plans.phase

)

select
    courses_under_review.course_id,
    coalesce(billed_plans.phase, 1) as phase,
    billed_plans.planned_on,
    changes.changed_on as prepared_from,
    coalesce(deliveries.first_delivery, delivery_spans.first_delivery) as first_delivery,
    delivery_spans.last_delivery,
    case
        when billed_plans.phase > 1 then concat(' for the replan of ', billed_plans.planned_on)
        else ''
    end as of_replan
from courses_under_review
left join billed_plans on courses_under_review.course_id = billed_plans.course_id
left join changes
    on
        billed_plans.course_id = changes.course_id
        and billed_plans.phase = changes.phase
left join deliveries
    on
        billed_plans.course_id = deliveries.course_id
        and billed_plans.phase = deliveries.phase
left join delivery_spans on courses_under_review.course_id = delivery_spans.course_id
where
    coalesce(billed_plans.phase, 1) = 1
    or changes.changed_on is not null
