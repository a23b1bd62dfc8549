-- title:        The patient's plan is verified: elements of the implementation, images of the portals, physical dose measurements
-- requirements: VER-1, SYS-5
-- cites:        verification, paragraph 1, sentence 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the patient's plan verification: elements of the implementation, portal images, dose measurements with criteria and result.
-- asks:         dosimetric_verification

with

stated as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'implementation_elements' then 1 else 0 end) as has_elements,
        max(case when stated_elements.element = 'portal_images' then 1 else 0 end) as has_images,
        max(case when stated_elements.element = 'physical_measurement' then 1 else 0 end) as has_measurement
    from stated_elements
    where stated_elements.kind = 'dosimetric_verification'
    group by stated_elements.course_id

),

-- A verification on record shows itself, whether or not a document mentions it.
recorded as (

    select
        verifications.course_id,
        count(case when verifications.kind = 'portal_image' then 1 end) as images,
        count(case when verifications.kind = 'measurement' and verifications.value is not null then 1 end)
            as measurements
    from verifications
    group by verifications.course_id

),

told as (

    select
        courses_under_review.course_id,
        coalesce(stated.has_elements, 0) = 1 as has_elements,
        coalesce(stated.has_images, 0) = 1 or coalesce(recorded.images, 0) > 0 as has_images,
        coalesce(stated.has_measurement, 0) = 1 or coalesce(recorded.measurements, 0) > 0 as has_measurement,
        coalesce(recorded.images, 0) as images,
        coalesce(recorded.measurements, 0) as measurements
    from courses_under_review
    left join stated on courses_under_review.course_id = stated.course_id
    left join recorded on courses_under_review.course_id = recorded.course_id

)

select
    told.course_id as subject_id,
    case when told.has_elements and told.has_images and told.has_measurement then 'met' else 'not_documented' end
        as outcome,
    concat(
        'elements of the implementation: ', case when told.has_elements then 'documented' else 'not documented' end,
        '; images of the portals: ', case when told.has_images then 'documented' else 'not documented' end,
        ' (', told.images, ' on record); dose measurements: ',
        case when told.has_measurement then 'documented' else 'not documented' end,
        ' (', told.measurements, ' on record)'
    ) as because
from told
