-- title:        The third level of delivery states what makes it that level
-- fault:        Level 3 delivery is billed without a recorded criterion
-- requirements: UTIL-4
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines
-- shown_by:     documents
-- consequence:  review
-- remedy:       Send the record that states the criterion: motion managed during the beam, several isocenters, photons with electrons, or electrons to the whole skin.
-- asks:         delivery_level_record

with

stated as (

    select
        final_documents.course_id,
        min(final_documents.document_id) as document_id
    from final_documents
    inner join document_elements on final_documents.document_id = document_elements.document_id
    where
        final_documents.kind = 'delivery_level_record'
        and document_elements.element in (
            'motion_management_during_beam', 'several_isocenters', 'photons_and_electrons', 'total_skin_electrons'
        )
    group by final_documents.course_id

),

-- A plan with fields of both kinds shows the criterion by itself.
mixed as (

    select plans.course_id
    from plans
    inner join plan_fields on plans.plan_id = plan_fields.plan_id
    where
        plans.approval <> 'REJECTED'
        and plan_fields.modality in ('PHOTON', 'ELECTRON')
    group by plans.course_id
    having count(distinct plan_fields.modality) = 2

)

select
    imrt_delivery_lines.claim_line_id as subject_id,
    case
        when stated.course_id is not null or mixed.course_id is not null then 'met'
        else 'not_documented'
    end as outcome,
    concat(
        'delivery of level 3 on ', imrt_delivery_lines.service_date, '; ',
        case
            when stated.course_id is not null then concat('document ', stated.document_id, ' states its criterion')
            when mixed.course_id is not null then 'the plan has photon and electron fields'
            else 'no record states what makes it that level'
        end
    ) as because
from imrt_delivery_lines
inner join coded_lines
    on
        imrt_delivery_lines.claim_line_id = coded_lines.claim_line_id
        and coded_lines.code_list = 'delivery_level_three'
left join stated on imrt_delivery_lines.course_id = stated.course_id
left join mixed on imrt_delivery_lines.course_id = mixed.course_id
