-- title:        The radiation oncologist reviewed images of target and critical structures with isodoses, signed and dated
-- requirements: IMRT-5
-- cites:        77301, paragraph 2, item 1
-- judges:       course
-- needs:        courses, documents
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the radiation oncologist's signed and dated review of the CT or MRI images that show target and critical structures, with isodoses.
-- asks:         image_review

with

reviewed as (

    select
        stated_elements.course_id,
        max(case when stated_elements.element = 'images_of_target' then 1 else 0 end) as shows_target,
        max(case when stated_elements.element = 'images_of_critical_structures' then 1 else 0 end)
            as shows_critical_structures,
        max(case when stated_elements.element = 'representative_isodoses' then 1 else 0 end) as shows_isodoses,
        min(stated_elements.document_id) as document_id,
        min(stated_elements.oncologist_signed_on) as signed_on
    from stated_elements
    where
        stated_elements.kind = 'image_review'
        and stated_elements.oncologist_signed_on is not null
    group by stated_elements.course_id

),

unsigned as (

    select
        signed_documents.course_id,
        min(signed_documents.document_id) as document_id
    from signed_documents
    where signed_documents.kind = 'image_review'
    group by signed_documents.course_id

),

left_out as (

    select
        structures_left_out.course_id,
        sum(structures_left_out.structures) as structures,
        min(structures_left_out.first_name) as first_name
    from structures_left_out
    where structures_left_out.element in ('images_of_target', 'images_of_critical_structures')
    group by structures_left_out.course_id

),

judged as (

    select
        courses_under_review.course_id,
        coalesce(reviewed.document_id, '') as document_id,
        coalesce(unsigned.document_id, '') as unsigned_id,
        case when reviewed.signed_on is null then '' else concat(' on ', reviewed.signed_on) end as signed_on,
        concat(
            case when reviewed.shows_target = 1 then '' else ', the target' end,
            case when reviewed.shows_critical_structures = 1 then '' else ', all critical structures' end,
            case when reviewed.shows_isodoses = 1 then '' else ', representative isodose distributions' end
        ) as missing,
        coalesce(left_out.structures, 0) as structures_left_out,
        coalesce(left_out.first_name, '') as first_left_out
    from courses_under_review
    left join reviewed on courses_under_review.course_id = reviewed.course_id
    left join unsigned on courses_under_review.course_id = unsigned.course_id
    left join left_out on courses_under_review.course_id = left_out.course_id

)

select
    judged.course_id as subject_id,
    case when judged.missing = '' and judged.structures_left_out = 0 then 'met' else 'not_documented' end as outcome,
    case
        when judged.document_id = '' and judged.unsigned_id = '' then 'the chart holds no review of images'
        when judged.document_id = '' then concat(
            'the review of images ', judged.unsigned_id,
            ' bears no dated signature of the radiation oncologist or states nothing'
        )
        when judged.missing <> '' then concat(
            'the review of images ', judged.document_id, ', signed', judged.signed_on, ', does not cover ',
            substr(judged.missing, 3)
        )
        when judged.structures_left_out > 0 then concat(
            'the review of images ', judged.document_id, ' names structures but leaves out ',
            cast(judged.structures_left_out as bigint), ' contoured ones, such as ', judged.first_left_out
        )
        else concat('the radiation oncologist signed the review of images ', judged.document_id, judged.signed_on)
    end as because
from judged
