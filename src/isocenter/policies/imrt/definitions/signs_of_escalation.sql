-- title:    Whether the dose goes beyond what is usual with conventional treatment
-- uses:     courses, diagnoses, claim_diagnoses, claim_lines, plans
-- readings: escalation_gy, alpha_beta_gy

with

planned as (

    select
        plans.course_id,
        max(plans.prescribed_dose_gy) as dose_gy,
        max(plans.fractions) as fractions
    from plans
    where plans.prescribed_dose_gy > 0
    group by plans.course_id

),

prescribed as (

    select
        courses.course_id,
        coalesce(courses.prescribed_dose_gy, planned.dose_gy) as dose_gy,
        coalesce(courses.planned_fractions, planned.fractions, 0) as fractions
    from courses
    left join planned on courses.course_id = planned.course_id
    where coalesce(courses.prescribed_dose_gy, planned.dose_gy) > 0

),

-- Both doses as their effect in fractions of 2 Gy, by the linear-quadratic model; the prescribed one stays
-- as it is where its fractions are not known.
doses as (

    select
        prescribed.course_id,
        prescribed.dose_gy * case
            when prescribed.fractions < 1 then 1
            else (prescribed.dose_gy / prescribed.fractions + readings.number) / (2 + readings.number)
        end as dose_gy,
        cast(usual_doses.usual_dose_gy as double)
        * (cast(usual_doses.fraction_gy as double) + readings.number) / (2 + readings.number) as usual_dose_gy,
        usual_doses.source
    from prescribed
    inner join readings on readings.name = 'alpha_beta_gy'
    inner join course_sites on prescribed.course_id = course_sites.course_id
    inner join usual_doses on course_sites.site = usual_doses.site

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
        'the prescription amounts to ', printf('%.1f', floor(doses.dose_gy * 10 + 0.5) / 10),
        ' Gy in fractions of 2 Gy, against ', printf('%.1f', floor(doses.usual_dose_gy * 10 + 0.5) / 10),
        ' Gy usual with conventional treatment (', doses.source, ')'
    ) as shown
from doses
cross join limits
