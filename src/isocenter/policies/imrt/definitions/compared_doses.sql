-- title: The prescription of each course beside each dose that is usual for a tumor which its diagnosis may name, in 2 Gy fractions

with

principal as (

    select diagnosed_sites.*
    from diagnosed_sites
    where
        diagnosed_sites.place = 1
        and diagnosed_sites.tied_with = ''
        and diagnosed_sites.label <> ''

)

-- Both by the linear-quadratic model; a prescription stays as it is where its fractions are not known.
select
    prescribed_doses.course_id,
    usual_doses.tumor,
    usual_doses.source,
    cast(usual_doses.alpha_beta_gy as double) as alpha_beta_gy,
    -- The doses are those of curative treatment: an intent that is not stated leaves the comparison open.
    usual_doses.intent in ('', courses.intent) as is_of_this_intent,
    cast(usual_doses.fraction_gy as double) as usual_fraction_gy,
    prescribed_doses.fractions >= 1
    and abs(prescribed_doses.dose_gy / prescribed_doses.fractions - cast(usual_doses.fraction_gy as double)) < 0.05
        as is_in_usual_fractions,
    prescribed_doses.dose_gy * case
        when prescribed_doses.fractions < 1 then 1
        else
            (prescribed_doses.dose_gy / prescribed_doses.fractions + cast(usual_doses.alpha_beta_gy as double))
            / (2 + cast(usual_doses.alpha_beta_gy as double))
    end as dose_gy,
    cast(usual_doses.usual_dose_gy as double)
    * (cast(usual_doses.fraction_gy as double) + cast(usual_doses.alpha_beta_gy as double))
    / (2 + cast(usual_doses.alpha_beta_gy as double)) as usual_dose_gy
from prescribed_doses
inner join courses on prescribed_doses.course_id = courses.course_id
inner join course_sites on prescribed_doses.course_id = course_sites.course_id
left join principal on prescribed_doses.course_id = principal.course_id
inner join usual_doses
    on
        case
            when principal.icd10 is null then usual_doses.site <> '' and usual_doses.site = course_sites.site
            else principal.icd10 between usual_doses.icd10_from and usual_doses.icd10_to
        end
where
    (usual_doses.intent = '' or courses.intent in ('', usual_doses.intent))
    and (
        courses.first_delivery is null
        or cast(usual_doses.valid_from as date) <= courses.first_delivery
    )
    and (
        usual_doses.with_diagnosis = ''
        or exists (
            select 1 from course_diagnoses
            where
                course_diagnoses.course_id = courses.course_id
                and course_diagnoses.icd10 = usual_doses.with_diagnosis
        )
    )
    and not exists (
        select 1 from course_diagnoses
        where
            course_diagnoses.course_id = courses.course_id
            and course_diagnoses.icd10 = usual_doses.without_diagnosis
    )
