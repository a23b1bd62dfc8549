-- title: Whether conventional treatment may exceed the tolerance of the cord: by prescription, distance and earlier dose

with

cords as (

    select
        structure_measures.course_id,
        min(case when structure_measures.measure = 'distance_mm' then structure_measures.value end) as distance_mm,
        max(case when structure_measures.measure = 'D0.03cc' then structure_measures.value end) as reached_gy,
        max(case when structure_measures.measure = 'summed_eqd2_d003cc_gy' then structure_measures.value end)
            as summed_gy
    from structure_measures
    inner join structures_of_organs on structure_measures.standard_name = structures_of_organs.standard_name
    where structures_of_organs.organ = 'spinal_cord'
    group by structure_measures.course_id

),

irradiated_before as (

    select distinct earlier_irradiations.course_id
    from earlier_irradiations

),

limits as (

    select
        max(case when readings.name = 'cord_tolerance_gy' then readings.number end) as tolerance_gy,
        max(case when readings.name = 'cord_limit_gy' then readings.number end) as limit_gy,
        max(case when readings.name = 'cord_alpha_beta_gy' then readings.number end) as alpha_beta_gy,
        max(case when readings.name = 'close_proximity_mm' then readings.number end) as close_mm
    from readings

),

-- Opposed portals give a cord beside the target about the dose of the target: the prescription, as its effect on
-- the cord in fractions of 2 Gy by the linear-quadratic model.
doses as (

    select
        prescribed_doses.course_id,
        prescribed_doses.dose_gy * (prescribed_doses.dose_gy / prescribed_doses.fractions + limits.alpha_beta_gy)
        / (2 + limits.alpha_beta_gy) as dose_gy
    from prescribed_doses
    cross join limits
    where prescribed_doses.fractions >= 1

)

select
    doses.course_id,
    case
        when cords.summed_gy > limits.tolerance_gy then 'supports'
        when doses.dose_gy > limits.tolerance_gy and cords.distance_mm <= limits.close_mm then 'supports'
        when compared_organs.is_kept_by_imrt_alone = 1 and doses.dose_gy > limits.limit_gy then 'supports'
        when irradiated_before.course_id is not null or compared_organs.is_kept_by_imrt_alone = 1 then 'leaves_open'
        when doses.dose_gy <= limits.limit_gy then 'contradicts'
        else 'leaves_open'
    end as evidence,
    concat(
        'the whole prescription amounts to ', printf('%.1f', floor(doses.dose_gy * 10 + 0.5) / 10),
        ' Gy in fractions of 2 Gy for the cord, whose tolerance is taken as ',
        cast(floor(limits.tolerance_gy + 0.5) as integer), ' Gy',
        case
            when cords.distance_mm is null then ''
            else concat(
                '; the cord lies ', printf('%.1f', floor(cords.distance_mm * 10 + 0.5) / 10), ' mm from the target'
            )
        end,
        case
            when cords.reached_gy is null then ''
            else concat(
                ' and receives up to ', printf('%.1f', floor(cords.reached_gy * 10 + 0.5) / 10), ' Gy in this plan'
            )
        end,
        case
            when cords.summed_gy is not null then concat(
                '; with the earlier course ', printf('%.1f', floor(cords.summed_gy * 10 + 0.5) / 10),
                ' Gy in fractions of 2 Gy'
            )
            when irradiated_before.course_id is not null then '; an earlier course is on record and not summed'
            else ''
        end,
        case when compared_organs.course_id is null then '' else '; computed: ' end,
        coalesce(compared_organs.shown, '')
    ) as shown
from doses
cross join limits
left join cords on doses.course_id = cords.course_id
left join irradiated_before on doses.course_id = irradiated_before.course_id
left join compared_organs
    on
        doses.course_id = compared_organs.course_id
        and compared_organs.organ = 'spinal_cord'
