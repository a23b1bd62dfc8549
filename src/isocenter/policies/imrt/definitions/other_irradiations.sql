-- title: Other courses of radiation of the member of each course, and whether they may have ended before it began

with

begun as (

    select
        courses.course_id,
        courses.member_id,
        coalesce(courses.first_delivery, treatment_starts.first_delivery) as began_on
    from courses
    left join treatment_starts on courses.course_id = treatment_starts.course_id

)

select
    begun.course_id,
    begun.began_on,
    prior_irradiations.site,
    prior_irradiations.ended_on,
    prior_irradiations.ended_year,
    begun.began_on is null
    or coalesce(
        prior_irradiations.ended_on < begun.began_on,
        prior_irradiations.ended_year <= year(begun.began_on),
        true
    ) as may_be_earlier
from begun
inner join prior_irradiations on begun.member_id = prior_irradiations.member_id
