-- title: Whether the plan shows a narrow margin around the clinical target

with

ranked as (

    select
        course_measures.course_id,
        course_measures.about,
        course_measures.value as margin_mm,
        row_number() over (
            partition by course_measures.course_id
            order by course_measures.value, course_measures.about, course_measures.plan_id
        ) as place
    from course_measures
    where course_measures.measure = 'margin_least_mm'

),

limits as (

    select
        max(case when readings.name = 'narrow_margin_mm' then readings.number end) as narrow_mm,
        max(case when readings.name = 'wide_margin_mm' then readings.number end) as wide_mm
    from readings

)

select
    ranked.course_id,
    case
        when ranked.margin_mm <= limits.narrow_mm then 'supports'
        when ranked.margin_mm >= limits.wide_mm then 'contradicts'
        else 'leaves_open'
    end as evidence,
    concat(
        'the narrowest margin is ', printf('%.1f', floor(ranked.margin_mm * 10 + 0.5) / 10), ' mm (',
        ranked.about, ')'
    ) as shown
from ranked
cross join limits
where ranked.place = 1
