-- title:        The prescription states goals and dose constraints of targets and critical structures
-- fault:        The prescription does not state goals and dose constraints
-- requirements: REC-1, SYS-4
-- cites:        documentation, paragraph 1, item 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the signed prescription with its goals and the dose constraints of the targets and of the critical structures nearby.
-- asks:         prescription

with

stated as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'treatment_goals' then 1 else 0 end) as goals,
        max(case when stated_elements.element = 'target_constraints' then 1 else 0 end) as for_targets,
        max(case when stated_elements.element = 'critical_structure_constraints' then 1 else 0 end) as for_critical
    from stated_elements
    where
        stated_elements.kind = 'prescription'
        and stated_elements.is_signed_by_physician
    group by stated_elements.course_id

),

contoured_targets as (

    select distinct
        plans.course_id,
        structures.name as structure
    from structures
    inner join plans on structures.plan_id = plans.plan_id
    where structures.role = 'target'

),

-- A constraint is a target's where the plan says so, where its name begins as names of targets do (AAPM TG-263), or
-- where it asks for a dose or share of volume at least: of critical structures that is asked in cc alone.
of_structures as (

    select
        constraints.course_id,
        contoured_targets.course_id is not null
        or substr(upper(constraints.structure), 1, 3) in ('GTV', 'CTV', 'PTV', 'ITV')
        or (constraints.comparison in ('>=', '>') and constraints.unit <> 'cc') as is_of_target
    from constraints
    left join contoured_targets
        on
            constraints.course_id = contoured_targets.course_id
            and constraints.structure = contoured_targets.structure

),

listed as (

    select
        of_structures.course_id,
        count(case when of_structures.is_of_target then 1 end) as for_targets,
        count(case when not of_structures.is_of_target then 1 end) as for_critical
    from of_structures
    group by of_structures.course_id

),

shown as (

    select
        courses_under_review.course_id,
        coalesce(stated.goals, 0) = 1 or courses.prescribed_dose_gy is not null as has_goals,
        coalesce(stated.for_targets, 0) = 1 or coalesce(listed.for_targets, 0) > 0 as has_target_constraints,
        coalesce(stated.for_critical, 0) = 1 or coalesce(listed.for_critical, 0) > 0 as has_critical_constraints,
        coalesce(listed.for_targets, 0) as listed_for_targets,
        coalesce(listed.for_critical, 0) as listed_for_critical
    from courses_under_review
    left join courses on courses_under_review.course_id = courses.course_id
    left join stated on courses_under_review.course_id = stated.course_id
    left join listed on courses_under_review.course_id = listed.course_id

)

select
    shown.course_id as subject_id,
    case
        when shown.has_goals and shown.has_target_constraints and shown.has_critical_constraints then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'goals of the treatment: ', case when shown.has_goals then 'stated' else 'not stated' end,
        '; constraints of the targets: ',
        case when shown.has_target_constraints then 'stated' else 'not stated' end,
        ' (', shown.listed_for_targets, ' listed); of critical structures: ',
        case when shown.has_critical_constraints then 'stated' else 'not stated' end,
        ' (', shown.listed_for_critical, ' listed)'
    ) as because
from shown
