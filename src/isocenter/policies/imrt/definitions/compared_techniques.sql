-- title: What a computed comparison of IMRT with 3D conformal treatment shows of each course: it supports the need or leaves it open

with

counted as (

    select
        compared_limits.course_id,
        min(compared_limits.beam_data) as beam_data,
        count(*) as limits,
        sum(compared_limits.is_kept_by_imrt_alone) as kept_by_imrt_alone,
        count(
            case
                when
                    compared_limits.verdict in ('both', 'only_conformal') and compared_limits.is_kept_by_imrt_alone = 0
                    then 1
            end
        ) as kept_in_3d
    from compared_limits
    group by compared_limits.course_id

)

select
    counted.course_id,
    case when counted.kept_by_imrt_alone > 0 then 'supports' else 'leaves_open' end as evidence,
    concat(
        'a computed comparison (', counted.beam_data, ') meets ',
        case
            when counted.kept_by_imrt_alone > 0 then concat(
                counted.kept_by_imrt_alone,
                case when counted.kept_by_imrt_alone = 1 then ' limit' else ' limits' end,
                ' of critical structures with IMRT that 3D conformal treatment misses, such as ', compared_limits.shown
            )
            else concat(
                'no limit of critical structures with IMRT alone (', counted.kept_in_3d, ' of ', counted.limits,
                ' met in 3D), such as ', compared_limits.shown
            )
        end
    ) as shown
from counted
inner join compared_limits
    on
        counted.course_id = compared_limits.course_id
        and compared_limits.place = 1
        and compared_limits.is_kept_by_imrt_alone = case when counted.kept_by_imrt_alone > 0 then 1 else 0 end
