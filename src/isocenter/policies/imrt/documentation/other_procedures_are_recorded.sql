-- title:        Any other procedure of the course is recorded with place, date, supervising physician and proof of work
-- fault:        No complete record of the procedure is in the chart
-- requirements: REC-3
-- cites:        documentation, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the record of the procedure with place of service, date of service, supervising physician and proof of work.
-- asks:         procedure_record

with

-- Procedures of a course of IMRT that no rule on documents of their own judges.
other_lines as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.service_date,
        max(case when coded_lines.code_list = 'image_guidance' then 1 else 0 end) as is_guidance,
        max(case when coded_lines.place_of_service <> '' or coded_lines.setting = 'institutional' then 1 else 0 end)
            as has_place_on_claim
    from coded_lines
    where
        coded_lines.code_list in (
            select documented_services.code_list from documented_services
            where documented_services.kind = 'procedure_record'
        )
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
        and not exists (
            select 1 from imrt_delivery_lines
            where imrt_delivery_lines.claim_line_id = coded_lines.claim_line_id
        )
    group by coded_lines.claim_line_id, coded_lines.course_id, coded_lines.service_date

),

-- A signed note of the procedure's own kind serves as its record; the place of such a service is on its claim.
stated as (

    select
        service_statements.claim_line_id,
        case
            when service_statements.kind <> 'procedure_record' then other_lines.has_place_on_claim
            when service_statements.element = 'place_of_service' then 1
            else 0
        end as has_place,
        case
            when service_statements.element = 'date_of_service' then 1
            when service_statements.document_date = service_statements.service_date then 1
            when service_statements.kind <> 'procedure_record' and service_statements.names_its_line then 1
            -- Motion is measured at the simulation and billed on the day of the plan.
            when
                service_statements.kind = 'respiratory_motion_record'
                and service_statements.document_date <= service_statements.service_date
                then 1
            else 0
        end as has_date,
        case
            when service_statements.element = 'supervising_physician' then 1
            when service_statements.kind <> 'procedure_record' and signed_documents.is_signed_by_physician then 1
            else 0
        end as has_supervisor,
        case
            when service_statements.kind <> 'procedure_record' or service_statements.element = 'proof_of_work' then 1
            else 0
        end as has_proof
    from service_statements
    inner join other_lines on service_statements.claim_line_id = other_lines.claim_line_id
    inner join signed_documents on service_statements.document_id = signed_documents.document_id

    union all

    -- The record of a guided set-up is that of its day.
    select
        other_lines.claim_line_id,
        other_lines.has_place_on_claim as has_place,
        1 as has_date,
        case
            when image_guidance.supervision <> '' then 1
            when image_guidance.reviewed_by_role in ('treating_physician', 'radiation_oncologist') then 1
            else 0
        end as has_supervisor,
        1 as has_proof
    from other_lines
    inner join image_guidance
        on
            other_lines.course_id = image_guidance.course_id
            and other_lines.service_date = image_guidance.guided_on
    where other_lines.is_guidance = 1

),

recorded as (

    select
        stated.claim_line_id,
        max(stated.has_place) as has_place,
        max(stated.has_date) as has_date,
        max(stated.has_supervisor) as has_supervisor,
        max(stated.has_proof) as has_proof
    from stated
    group by stated.claim_line_id

)

select
    other_lines.claim_line_id as subject_id,
    case
        when recorded.has_place + recorded.has_date + recorded.has_supervisor + recorded.has_proof = 4 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when recorded.claim_line_id is null then 'no record of the procedure is in the chart'
        else concat(
            'place of service ', case when recorded.has_place = 1 then 'recorded' else 'not recorded' end,
            ', date ', case when recorded.has_date = 1 then 'recorded' else 'not recorded' end,
            ', supervising physician ', case when recorded.has_supervisor = 1 then 'recorded' else 'not recorded' end,
            ', proof of work ', case when recorded.has_proof = 1 then 'recorded' else 'not recorded' end
        )
    end as because
from other_lines
left join recorded on other_lines.claim_line_id = recorded.claim_line_id
