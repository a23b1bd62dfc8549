-- title: Whether the plan shows a breast of large volume, and one of large separation

with

limits as (

    select
        max(case when readings.name = 'large_breast_cc' then readings.number end) as large_cc,
        max(case when readings.name = 'modest_breast_cc' then readings.number end) as modest_cc,
        max(case when readings.name = 'large_separation_mm' then readings.number end) as large_mm,
        max(case when readings.name = 'modest_separation_mm' then readings.number end) as modest_mm
    from readings

)

select
    breast_sizes.course_id,
    'large_breast_volume' as element,
    case
        when breast_sizes.volume_cc >= limits.large_cc then 'supports'
        when breast_sizes.volume_cc < limits.modest_cc then 'contradicts'
        else 'leaves_open'
    end as evidence,
    concat('the breast as contoured measures ', cast(floor(breast_sizes.volume_cc + 0.5) as integer), ' cc') as shown
from breast_sizes
cross join limits
where breast_sizes.volume_cc > 0

union all

select
    breast_sizes.course_id,
    'large_chest_wall_separation' as element,
    case
        when breast_sizes.separation_mm >= limits.large_mm then 'supports'
        when breast_sizes.separation_mm < limits.modest_mm then 'contradicts'
        else 'leaves_open'
    end as evidence,
    concat(
        'its greatest width along a portal is ', cast(floor(breast_sizes.separation_mm + 0.5) as integer), ' mm'
    ) as shown
from breast_sizes
cross join limits
where breast_sizes.separation_mm is not null
