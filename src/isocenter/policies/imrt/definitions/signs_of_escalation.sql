-- title:    Whether the dose goes beyond what is usual with conventional treatment
-- uses:     courses, diagnoses, claim_diagnoses, claim_lines, plans, plan_measures
-- readings: escalation_gy, alpha_beta_gy

with

-- Effect at 2 Gy a fraction, by the linear-quadratic model; the physical dose where fractions are not known.
prescribed as (

    select
        courses.course_id,
        courses.prescribed_dose_gy * case
            when coalesce(courses.planned_fractions, 0) < 1 then 1
            else
                (courses.prescribed_dose_gy / courses.planned_fractions + readings.number) / (2 + readings.number)
        end as dose_gy
    from courses
    inner join readings on readings.name = 'alpha_beta_gy'
    where courses.prescribed_dose_gy > 0

),

by_site as (

    select
        prescribed.course_id,
        prescribed.dose_gy,
        cast(usual_doses.usual_dose_gy as double) as usual_dose_gy,
        usual_doses.source
    from prescribed
    inner join course_sites on prescribed.course_id = course_sites.course_id
    inner join usual_doses on course_sites.site = usual_doses.site

),

measured as (

    select
        plans.course_id,
        max(case when plan_measures.measure = 'prescribed_eqd2_gy' then plan_measures.value end) as dose_gy,
        max(case when plan_measures.measure = 'usual_dose_gy' then plan_measures.value end) as usual_dose_gy
    from plan_measures
    inner join plans on plan_measures.plan_id = plans.plan_id
    where plan_measures.measure in ('prescribed_eqd2_gy', 'usual_dose_gy')
    group by plans.course_id

),

doses as (

    select
        measured.course_id,
        measured.dose_gy,
        measured.usual_dose_gy,
        'as measured' as source
    from measured
    where
        measured.dose_gy is not null
        and measured.usual_dose_gy is not null

    union all

    select
        by_site.course_id,
        by_site.dose_gy,
        by_site.usual_dose_gy,
        by_site.source
    from by_site
    where by_site.course_id not in (
        select measured.course_id from measured
        where
            measured.dose_gy is not null
            and measured.usual_dose_gy is not null
    )

),

limits as (

    select readings.number as escalation_gy
    from readings
    where readings.name = 'escalation_gy'

)

select
    doses.course_id,
    case
        when doses.dose_gy - doses.usual_dose_gy >= limits.escalation_gy then 'supports'
        when doses.dose_gy <= doses.usual_dose_gy then 'contradicts'
        else 'leaves open'
    end as verdict,
    concat(
        'the prescription amounts to ', printf('%.1f', doses.dose_gy), ' Gy in fractions of 2 Gy, against ',
        printf('%.1f', doses.usual_dose_gy), ' Gy usual with conventional treatment (', doses.source, ')'
    ) as shown
from doses
cross join limits
