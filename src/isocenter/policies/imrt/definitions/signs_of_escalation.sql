-- title: Whether the dose goes beyond what is usual with conventional treatment

with

-- Both doses as their effect in fractions of 2 Gy, by the linear-quadratic model; the prescribed one stays
-- as it is where its fractions are not known.
doses as (

    select
        prescribed_doses.course_id,
        prescribed_doses.dose_gy * case
            when prescribed_doses.fractions < 1 then 1
            else (prescribed_doses.dose_gy / prescribed_doses.fractions + readings.number) / (2 + readings.number)
        end as dose_gy,
        usual_dose_of_courses.dose_gy
        * (usual_dose_of_courses.fraction_gy + readings.number) / (2 + readings.number) as usual_dose_gy,
        usual_dose_of_courses.source
    from prescribed_doses
    inner join readings on readings.name = 'alpha_beta_gy'
    inner join usual_dose_of_courses on prescribed_doses.course_id = usual_dose_of_courses.course_id

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
