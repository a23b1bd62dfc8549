-- title:        Any other procedure of the course is recorded with place, date, supervising physician and proof of work
-- requirements: REC-3
-- cites:        documentation, paragraph 2
-- judges:       claim_line
-- needs:        claim_lines, documents
-- consequence:  review
-- remedy:       Send the record of the procedure with place of service, date of service, supervising physician and proof of work.
-- asks:         procedure_record

with

stated as (

    select
        service_statements.claim_line_id,
        max(case when service_statements.element = 'place_of_service' then 1 else 0 end) as has_place,
        max(case
            when service_statements.element = 'date_of_service' then 1
            when service_statements.document_date = service_statements.service_date then 1
            else 0
        end) as has_date,
        max(case when service_statements.element = 'supervising_physician' then 1 else 0 end) as has_supervisor,
        max(case when service_statements.element = 'proof_of_work' then 1 else 0 end) as has_proof
    from service_statements
    where service_statements.kind = 'procedure_record'
    group by service_statements.claim_line_id

),

-- Procedures of a course of IMRT that no rule on documents of their own judges.
other_lines as (

    select distinct
        coded_lines.claim_line_id,
        coded_lines.procedure_code,
        coded_lines.service_date
    from coded_lines
    where
        coded_lines.code_list in (
            select documented_services.code_list from documented_services
            where documented_services.kind = 'procedure_record'
        )
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)
        and not exists (
            select 1 from imrt_service_lines
            where imrt_service_lines.claim_line_id = coded_lines.claim_line_id
        )

)

select
    other_lines.claim_line_id as subject_id,
    case
        when stated.has_place + stated.has_date + stated.has_supervisor + stated.has_proof = 4 then 'met'
        else 'not_documented'
    end as outcome,
    case
        when stated.claim_line_id is null then 'no record of the procedure is in the chart'
        else concat(
            'place of service ', case when stated.has_place = 1 then 'recorded' else 'not recorded' end,
            ', date ', case when stated.has_date = 1 then 'recorded' else 'not recorded' end,
            ', supervising physician ', case when stated.has_supervisor = 1 then 'recorded' else 'not recorded' end,
            ', proof of work ', case when stated.has_proof = 1 then 'recorded' else 'not recorded' end
        )
    end as because
from other_lines
left join stated on other_lines.claim_line_id = stated.claim_line_id
