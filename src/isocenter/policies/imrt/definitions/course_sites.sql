-- title: The site and side of each course, as the record states it, else by its principal diagnosis where there is one

with

diagnosed_sides as (

    select
        diagnosed_sites.course_id,
        diagnosed_sites.site,
        case
            when count(distinct nullif(diagnosed_sites.laterality, '')) > 1 then 'bilateral'
            else max(diagnosed_sites.laterality)
        end as laterality
    from diagnosed_sites
    group by diagnosed_sites.course_id, diagnosed_sites.site

),

placed as (

    select
        courses.course_id,
        courses.laterality,
        case
            when courses.site <> '' then courses.site
            when principal.tied_with <> '' then ''
            else coalesce(principal.site, '')
        end as site,
        case when courses.site <> '' then 'record' when principal.course_id is null then '' else 'diagnosis' end
            as named_by,
        case when courses.site <> '' then '' else coalesce(principal.icd10, '') end as icd10,
        case when courses.site <> '' then '' else coalesce(principal.label, '') end as label,
        case when courses.site <> '' then '' else coalesce(principal.tied_with, '') end as tied_with
    from courses
    left join diagnosed_sites as principal
        on
            courses.course_id = principal.course_id
            and principal.place = 1

)

select
    placed.course_id,
    placed.site,
    coalesce(nullif(placed.laterality, ''), diagnosed_sides.laterality, '') as laterality,
    placed.named_by,
    placed.icd10,
    placed.label,
    placed.tied_with
from placed
left join diagnosed_sides
    on
        placed.course_id = diagnosed_sides.course_id
        and placed.site = diagnosed_sides.site
