-- title: Contoured structures that a review names others beside but not itself; one row for each element reviewed

with

reviewed as (

    select distinct
        stated_elements.course_id,
        stated_elements.element,
        stated_elements.detail,
        concat(
            ' ',
            replace(
                replace(
                    replace(replace(replace(lower(stated_elements.detail), '_', ' '), '%', ' '), ',', ' '), ';', ' '
                ), '/', ' '
            ),
            ' '
        ) as words,
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

-- A review that names no structure covers all.
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
        structures.laterality,
        -- A percent sign or an underscore in a name would match any letters.
        replace(replace(lower(structures.name), '_', ' '), '%', ' ') as name_in_words,
        replace(replace(lower(structures.standard_name), '_', ' '), '%', ' ') as standard_name_in_words,
        -- Of a paired organ the name without its side, so that the plural names both.
        replace(replace(lower(
            case
                when substr(structures.standard_name, length(structures.standard_name) - 1) in ('_L', '_R')
                    then substr(structures.standard_name, 1, length(structures.standard_name) - 2)
                else structures.standard_name
            end
        ), '_', ''), '%', '') as organ
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
        and (
            (
                replace(contoured.name_in_words, ' ', '') <> ''
                and reviewed.words like concat('% ', contoured.name_in_words, ' %')
            )
            or (
                replace(contoured.standard_name_in_words, ' ', '') <> ''
                and reviewed.words like concat('% ', contoured.standard_name_in_words, ' %')
            )
            or (
                contoured.role = 'critical'
                and contoured.organ <> ''
                and replace(reviewed.words, ' ', '') like concat('%', contoured.organ, '%')
                and not (
                    contoured.laterality = 'left'
                    and reviewed.words like '% right %'
                    and reviewed.words not like '% left %'
                )
                and not (
                    contoured.laterality = 'right'
                    and reviewed.words like '% left %'
                    and reviewed.words not like '% right %'
                )
            )
        )
)
group by reviews_by_name.course_id, reviews_by_name.element
