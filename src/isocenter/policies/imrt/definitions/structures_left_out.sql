-- title: Contoured structures that a review names others beside but not itself; one row for each element reviewed

with

reviewed as (

    select distinct
        stated_elements.course_id,
        stated_elements.element,
        stated_elements.detail,
        case
            when stated_elements.element in ('images_of_target', 'dvh_targets') then 'target'
            else 'critical'
        end as role
    from stated_elements
    where
        stated_elements.element in
        ('images_of_target', 'images_of_critical_structures', 'dvh_targets', 'dvh_critical_structures')
        and stated_elements.is_signed_by_oncologist

),

-- A review that names no structure speaks of all.
reviews_by_name as (

    select
        reviewed.course_id,
        reviewed.element,
        reviewed.role
    from reviewed
    group by reviewed.course_id, reviewed.element, reviewed.role
    having count(case when reviewed.detail = '' then 1 end) = 0

),

contoured as (

    select distinct
        plans.course_id,
        structures.role,
        structures.name,
        structures.standard_name
    from structures
    inner join plans on structures.plan_id = plans.plan_id
    where structures.role in ('target', 'critical')

)

select
    reviews_by_name.course_id,
    reviews_by_name.element,
    count(*) as structures,
    min(contoured.name) as first_name
from reviews_by_name
inner join contoured
    on
        reviews_by_name.course_id = contoured.course_id
        and reviews_by_name.role = contoured.role
where not exists (
    select 1 from reviewed
    where
        reviewed.course_id = contoured.course_id
        and reviewed.element = reviews_by_name.element
        and lower(reviewed.detail) in (lower(contoured.name), lower(contoured.standard_name))
)
group by reviews_by_name.course_id, reviews_by_name.element
