-- title: Number of portals that the chart states for the plan of each course and for each replan: by its latest description, and by all together; and what it states that cannot be read as a number

with

stated as (

    select
        plan_elements.course_id,
        plan_elements.phase,
        plan_elements.document_id,
        coalesce(plan_elements.document_date, cast('0001-01-01' as date)) as described_on,
        max(try_cast(plan_elements.detail as integer)) as portals,
        max(case when try_cast(plan_elements.detail as integer) is null then plan_elements.detail else '' end)
            as unread_count
    from plan_elements
    where
        plan_elements.kind = 'portal_description'
        and plan_elements.element = 'portal_count'
    group by
        plan_elements.course_id, plan_elements.phase, plan_elements.document_id, plan_elements.document_date

),

located as (

    select
        plan_elements.document_id,
        min(lower(plan_elements.detail)) as first_location,
        max(lower(plan_elements.detail)) as last_location,
        count(distinct lower(plan_elements.detail)) as locations
    from plan_elements
    where
        plan_elements.kind = 'portal_description'
        and plan_elements.element = 'portal_locations'
        and plan_elements.detail <> ''
    group by plan_elements.document_id

),

-- A later description revises an earlier one, or describes a further part of the treatment; one of the same number at
-- the same places describes the same portals again.
ranked as (

    select
        stated.course_id,
        stated.phase,
        case when stated.portals > 0 then stated.portals end as portals,
        stated.unread_count,
        located.document_id is not null
        and row_number() over (
            partition by
                stated.course_id, stated.phase, stated.portals,
                located.first_location, located.last_location, located.locations
            order by stated.described_on, stated.document_id
        ) > 1 as is_repeated,
        row_number() over (
            partition by stated.course_id, stated.phase
            order by case when stated.portals > 0 then 0 else 1 end, stated.described_on desc, stated.document_id desc
        ) as place
    from stated
    left join located on stated.document_id = located.document_id

)

select
    ranked.course_id,
    ranked.phase,
    cast(max(case when ranked.place = 1 then ranked.portals end) as bigint) as portals,
    cast(sum(case when not ranked.is_repeated then ranked.portals end) as bigint) as portals_at_most,
    max(ranked.unread_count) as unread_count
from ranked
group by ranked.course_id, ranked.phase
