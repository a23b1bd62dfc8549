-- title: The dose that is usual with conventional treatment for the tumour of each course, by diagnosis, else by site

with

-- A site such as the thorax holds tumours of several usual doses: there only the diagnosis tells one.
ranked as (

    select
        course_sites.course_id,
        cast(usual_doses.usual_dose_gy as double) as dose_gy,
        cast(usual_doses.fraction_gy as double) as fraction_gy,
        usual_doses.source,
        row_number() over (
            partition by course_sites.course_id
            order by
                case when course_diagnoses.course_id is null then 1 else 0 end,
                course_diagnoses.position,
                usual_doses.icd10_from
        ) as place
    from course_sites
    inner join courses on course_sites.course_id = courses.course_id
    inner join usual_doses
        on
            course_sites.site = usual_doses.site
            and (
                courses.first_delivery is null
                or cast(usual_doses.valid_from as date) <= courses.first_delivery
            )
    left join course_diagnoses
        on
            course_sites.course_id = course_diagnoses.course_id
            and course_diagnoses.icd10 between usual_doses.icd10_from and usual_doses.icd10_to
    where
        usual_doses.speaks_for_site = 'yes'
        or course_diagnoses.course_id is not null

)

select
    ranked.course_id,
    ranked.dose_gy,
    ranked.fraction_gy,
    ranked.source
from ranked
where ranked.place = 1
