-- title: Volume and separation of the treated breast in each course, by its target or by its own contour

select
    plans.course_id,
    max(structures.volume_cc) as volume_cc,
    max(plan_measures.value) as separation_mm
from plans
inner join course_sites on plans.course_id = course_sites.course_id
inner join structures on plans.plan_id = structures.plan_id
left join plan_measures
    on
        structures.plan_id = plan_measures.plan_id
        and structures.name = plan_measures.structure
        and plan_measures.measure = 'width_along_portals_mm'
where
    course_sites.site = 'breast'
    and (
        (structures.role = 'target' and course_sites.laterality <> 'bilateral')
        or (structures.standard_name = 'Breast_R' and course_sites.laterality in ('right', 'bilateral'))
        or (structures.standard_name = 'Breast_L' and course_sites.laterality = 'left')
    )
group by plans.course_id
