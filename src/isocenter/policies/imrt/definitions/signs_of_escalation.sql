-- title: Whether the dose goes beyond what is usual with conventional treatment

-- A diagnosis may cover tumors of several usual doses. The prescribed fraction points to the tumor that is treated
-- in such fractions; where it points to none, only what holds for each of them decides. None is contradicted but by all.
with

ranked as (

    select
        compared_doses.*,
        compared_doses.dose_gy - compared_doses.usual_dose_gy as excess_gy,
        count(*) over (partition by compared_doses.course_id) as tumors,
        min(case when compared_doses.is_of_this_intent then 1 else 0 end) over (partition by compared_doses.course_id)
            as is_of_this_intent_throughout,
        max(compared_doses.dose_gy - compared_doses.usual_dose_gy) over (partition by compared_doses.course_id)
            as largest_excess_gy,
        row_number() over (
            partition by compared_doses.course_id
            order by
                case when compared_doses.is_in_usual_fractions then 0 else 1 end,
                compared_doses.dose_gy - compared_doses.usual_dose_gy,
                compared_doses.tumor
        ) as place
    from compared_doses

),

limits as (

    select readings.number as escalation_gy
    from readings
    where readings.name = 'escalation_gy'

)

select
    ranked.course_id,
    case
        when ranked.excess_gy >= limits.escalation_gy then 'supports'
        when ranked.largest_excess_gy <= 0 and ranked.is_of_this_intent_throughout = 1 then 'contradicts'
        else 'leaves_open'
    end as evidence,
    concat(
        'the prescription amounts to ', printf('%.1f', floor(ranked.dose_gy * 10 + 0.5) / 10),
        ' Gy in 2 Gy fractions (alpha/beta ', printf('%.1f', floor(ranked.alpha_beta_gy * 10 + 0.5) / 10),
        ' Gy), against ', printf('%.1f', floor(ranked.usual_dose_gy * 10 + 0.5) / 10),
        ' Gy usual with conventional treatment of ', ranked.tumor, ' (', ranked.source, ')',
        case
            when ranked.excess_gy < limits.escalation_gy and ranked.largest_excess_gy > ranked.excess_gy
                then '; the diagnosis also covers tumors with a lower usual dose'
            when ranked.tumors > 1 and ranked.is_in_usual_fractions
                then concat(
                    ', the tumor of this diagnosis that is treated in fractions of ',
                    printf('%.1f', floor(ranked.usual_fraction_gy * 10 + 0.5) / 10), ' Gy'
                )
            else ''
        end,
        case
            when coalesce(compared_techniques.evidence, '') = 'supports' and ranked.excess_gy > 0
                then concat('; at this dose ', compared_techniques.shown)
            else ''
        end
    ) as shown
from ranked
cross join limits
left join compared_techniques on ranked.course_id = compared_techniques.course_id
where ranked.place = 1
