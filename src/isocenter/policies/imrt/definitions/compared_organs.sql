-- title: What a computed comparison shows of an organ of each course: whether IMRT alone keeps a limit of one of its structures

select
    compared_limits.course_id,
    structures_of_organs.organ,
    max(compared_limits.is_kept_by_imrt_alone) as is_kept_by_imrt_alone,
    min(compared_limits.shown) as shown
from compared_limits
inner join structures_of_organs on compared_limits.standard_name = structures_of_organs.standard_name
where compared_limits.place_of_organ = 1
group by compared_limits.course_id, structures_of_organs.organ
