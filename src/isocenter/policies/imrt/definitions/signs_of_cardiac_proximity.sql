-- title: Whether the plan shows the heart or the pericardium next to the target

with

hearts as (

    select
        structure_measures.course_id,
        min(case when structure_measures.measure = 'distance_mm' then structure_measures.value end) as distance_mm,
        max(case
            when structure_measures.measure = 'mean' and structure_measures.standard_name = 'Heart'
                then structure_measures.value
        end) as mean_gy,
        max(case
            when structure_measures.measure = 'V25Gy' and structure_measures.standard_name = 'Heart'
                then structure_measures.value
        end) as v25_percent
    from structure_measures
    inner join structures_of_organs on structure_measures.standard_name = structures_of_organs.standard_name
    where structures_of_organs.organ = 'heart'
    group by structure_measures.course_id

),

limits as (

    select
        max(case when readings.name = 'close_proximity_mm' then readings.number end) as close_mm,
        max(case when readings.name = 'remote_mm' then readings.number end) as remote_mm,
        max(case when readings.name = 'heart_v25_percent' then readings.number end) as v25_percent
    from readings

)

select
    hearts.course_id,
    case
        when hearts.distance_mm <= limits.close_mm then 'supports'
        when coalesce(hearts.v25_percent, 0) >= limits.v25_percent then 'supports'
        when hearts.distance_mm > limits.remote_mm and coalesce(compared_organs.is_kept_by_imrt_alone, 0) = 0
            then 'contradicts'
        when hearts.distance_mm <= limits.remote_mm and compared_organs.is_kept_by_imrt_alone = 1 then 'supports'
        else 'leaves_open'
    end as evidence,
    concat(
        'heart or pericardium lies ', printf('%.1f', floor(hearts.distance_mm * 10 + 0.5) / 10), ' mm from the target',
        case
            when hearts.mean_gy is null then ''
            else concat(', the heart receives ', printf('%.1f', floor(hearts.mean_gy * 10 + 0.5) / 10), ' Gy on average')
        end,
        case
            when hearts.v25_percent is null then ''
            else concat(
                ' and 25 Gy or more in ', printf('%.1f', floor(hearts.v25_percent * 10 + 0.5) / 10), ' % of its volume'
            )
        end,
        case when compared_organs.course_id is null then '' else '; computed: ' end,
        coalesce(compared_organs.shown, '')
    ) as shown
from hearts
cross join limits
left join compared_organs
    on
        hearts.course_id = compared_organs.course_id
        and compared_organs.organ = 'heart'
where hearts.distance_mm is not null
