-- title: Courses of members who were irradiated before, with what tells it

select
    told.course_id,
    min(told.told_by) as told_by
from (
    select
        courses.course_id,
        concat(
            'an earlier course (', replace(prior_irradiations.site, '_', ' '), ') that ended on ',
            case
                when prior_irradiations.ended_on is null then 'a day unknown'
                else concat(prior_irradiations.ended_on)
            end
        ) as told_by
    from courses
    inner join prior_irradiations on courses.member_id = prior_irradiations.member_id

    union all

    select
        courses.course_id,
        'the stated site' as told_by
    from courses
    where courses.site = 'reirradiation'

    union all

    select
        diagnoses.course_id,
        concat('diagnosis ', diagnoses.icd10) as told_by
    from diagnoses
    inner join icd10_sites
        on
            diagnoses.icd10 = icd10_sites.icd10_from
            and icd10_sites.site = 'reirradiation'
) as told
group by told.course_id
