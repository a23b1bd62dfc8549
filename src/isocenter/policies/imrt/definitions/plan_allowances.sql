-- title: Plans of each course, IMRT and 3D, with the units allowed without a reason or excused by a change of anatomy

with

changes as (

    select
        plan_parts.claim_line_id,
        plan_parts.part,
        sum(case when anatomy_changes.document_date <= plan_parts.service_date then 1 else 0 end) as changes_by_then
    from plan_parts
    left join anatomy_changes on plan_parts.course_id = anatomy_changes.course_id
    group by plan_parts.claim_line_id, plan_parts.part

),

needing as (

    select
        plan_parts.*,
        field_change_days.course_id is not null and plan_parts.units_needing > 0 as is_field_change,
        coalesce(field_change_days.names_its_line, false) as is_named_field_change
    from plan_parts
    left join field_change_days
        on
            plan_parts.course_id = field_change_days.course_id
            and plan_parts.code_list = field_change_days.code_list
            and plan_parts.service_date = field_change_days.service_date

),

-- Each change excuses one unit: the first that needs it on its day or after. A cone-down takes no excuse.
asked as (

    select
        needing.*,
        changes.changes_by_then,
        sum(case when needing.is_field_change then 0 else needing.units_needing end) over (
            partition by needing.course_id, needing.part
            order by needing.service_date, needing.code_list, needing.claim_line_id
        ) as asked_so_far
    from needing
    inner join changes
        on
            needing.claim_line_id = changes.claim_line_id
            and needing.part = changes.part

),

unexcused as (

    select
        asked.*,
        max(greatest(0, asked.asked_so_far - asked.changes_by_then)) over (
            partition by asked.course_id, asked.part
            order by asked.service_date, asked.code_list, asked.claim_line_id
        ) as unexcused_so_far
    from asked

),

refused as (

    select
        unexcused.*,
        case
            when unexcused.is_field_change then unexcused.units_needing
            else unexcused.unexcused_so_far - coalesce(lag(unexcused.unexcused_so_far) over (
                partition by unexcused.course_id, unexcused.part
                order by unexcused.service_date, unexcused.code_list, unexcused.claim_line_id
            ), 0)
        end as units_refused
    from unexcused

)

select
    refused.claim_line_id,
    refused.course_id,
    refused.code_list,
    refused.service_date,
    refused.units,
    max(case when refused.is_field_change then 1 else 0 end) = 1 as is_field_change,
    -- A note that names no line may be about other fields, where a change of anatomy explains the plan of its day too.
    max(case
        when
            refused.is_field_change
            and not refused.is_named_field_change
            and refused.changes_by_then > refused.asked_so_far
            then 1
        else 0
    end) = 1 as has_two_reasons,
    cast(max(refused.units_so_far) as bigint) as units_so_far,
    cast(max(refused.changes_by_then) as bigint) as changes_by_then,
    cast(refused.units - max(refused.units_refused) as bigint) as units_allowed
from refused
group by
    refused.claim_line_id, refused.course_id, refused.code_list, refused.service_date, refused.units
