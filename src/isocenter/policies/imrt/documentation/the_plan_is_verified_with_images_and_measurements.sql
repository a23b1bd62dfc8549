-- title:        The patient's plan is verified: elements of the implementation, images of the portals, physical dose measurements
-- fault:        The verification lacks elements of the implementation, portal images or dose measurements, or a measurement fails
-- requirements: VER-1, SYS-5
-- cites:        verification, paragraph 1, sentence 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the patient's plan verification: elements of the implementation, portal images, dose measurements with criteria and result, and what was done about a result outside its limit.
-- asks:         dosimetric_verification

with

stated as (

    select
        plan_elements.course_id,
        plan_elements.phase,
        max(case when plan_elements.element = 'implementation_elements' then 1 else 0 end) as has_elements,
        max(case when plan_elements.element = 'portal_images' then 1 else 0 end) as has_images,
        max(case when plan_elements.element = 'physical_measurement' then 1 else 0 end) as has_measurement
    from plan_elements
    where plan_elements.kind = 'dosimetric_verification'
    group by plan_elements.course_id, plan_elements.phase

),

-- A verification on record shows itself, whether or not a document mentions it, unless it came after the treatment or
-- may have, because its day is not stated.
recorded as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        count(case when verifications.kind = 'portal_image' then 1 end) as images,
        count(case when verifications.kind = 'measurement' and verifications.value is not null then 1 end)
            as measurements
    from plan_phases
    inner join verifications
        on
            plan_phases.course_id = verifications.course_id
            and (
                plan_phases.prepared_from is null
                or verifications.verified_on >= plan_phases.prepared_from
            )
            and (
                plan_phases.last_delivery is null
                or verifications.verified_on <= plan_phases.last_delivery
            )
    group by plan_phases.course_id, plan_phases.phase

),

-- What is measured of a plan that was supplied has a rule of its own. A low number without criteria may be beyond.
failed as (

    select
        graded.course_id,
        graded.grade,
        graded.said,
        row_number() over (
            partition by graded.course_id
            order by
                case graded.grade when 'beyond' then 1 else 2 end,
                graded.plan_id,
                graded.field,
                graded.criteria,
                coalesce(graded.value, 0)
        ) as place
    from graded_measurements as graded
    where
        not graded.is_plan_at_hand
        and not graded.is_resolved
        and (graded.grade = 'beyond' or (graded.grade = 'unknown' and graded.may_be_beyond))

),

shown as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        coalesce(stated.has_elements, 0) = 1 as has_elements,
        coalesce(stated.has_images, 0) = 1 or coalesce(recorded.images, 0) > 0 as has_images,
        coalesce(stated.has_measurement, 0) = 1 or coalesce(recorded.measurements, 0) > 0 as has_measurement,
        coalesce(recorded.images, 0) as images,
        coalesce(recorded.measurements, 0) as measurements
    from plan_phases
    left join stated
        on
            plan_phases.course_id = stated.course_id
            and plan_phases.phase = stated.phase
    left join recorded
        on
            plan_phases.course_id = recorded.course_id
            and plan_phases.phase = recorded.phase

),

ranked as (

    select
        shown.*,
        row_number() over (
            partition by shown.course_id
            order by
                case when shown.has_elements and shown.has_images and shown.has_measurement then 1 else 0 end, shown.phase
        ) as place
    from shown

)

select
    ranked.course_id as subject_id,
    case
        when failed.grade = 'beyond' then 'not_met'
        when failed.grade is not null then 'not_documented'
        when ranked.has_elements and ranked.has_images and ranked.has_measurement then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'elements of the implementation', ranked.of_replan, ': ', case when ranked.has_elements then 'documented' else 'not documented' end,
        '; images of the portals: ',
        case
            when ranked.images > 0 then concat(ranked.images, ' on record')
            when ranked.has_images then 'documented by the verification'
            else 'not documented'
        end,
        '; dose measurements: ',
        case
            when ranked.measurements > 0 then concat(ranked.measurements, ' on record')
            when ranked.has_measurement then 'documented by the verification'
            else 'not documented'
        end,
        case when failed.said is null then '' else concat('; ', failed.said) end
    ) as because
from ranked
left join failed on ranked.course_id = failed.course_id and failed.place = 1
where ranked.place = 1
