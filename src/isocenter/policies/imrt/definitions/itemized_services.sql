-- title: What the record of each planning, simulation and calculation line lacks of what it must state

with

required as (

    select
        document_checklist.kind,
        document_checklist.element,
        document_checklist.label
    from document_checklist
    where
        document_checklist.requirement in ('PLAN-1', 'SIM-2', 'CALC-1')
        -- Special tests and other procedures, such as chemotherapy, are itemized where there were any.
        and document_checklist.element not in ('test_interpretation', 'other_procedures')

),

lines as (

    select distinct
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.procedure_code,
        coded_lines.service_date,
        documented_services.kind
    from coded_lines
    inner join documented_services on coded_lines.code_list = documented_services.code_list
    where
        documented_services.kind in (select required.kind from required)
        and coded_lines.course_id in (select courses_under_review.course_id from courses_under_review)

),

-- A record that names its line is its record whatever its day; any other record of a simulation has the day of the
-- simulation. The approval of a calculation is the physician's signature.
stated as (

    select
        lines.claim_line_id,
        lines.kind,
        stated_elements.element,
        min(stated_elements.document_id) as document_id,
        max(case when stated_elements.is_signed_by_physician then 1 else 0 end) as is_signed
    from lines
    inner join stated_elements
        on
            lines.course_id = stated_elements.course_id
            and lines.kind = stated_elements.kind
    where
        stated_elements.claim_line_id = lines.claim_line_id
        or (
            stated_elements.claim_line_id = ''
            and stated_elements.procedure_code in ('', lines.procedure_code)
            and (
                lines.kind <> 'simulation_record'
                or stated_elements.document_date = lines.service_date
            )
        )
    group by lines.claim_line_id, lines.kind, stated_elements.element

),

summed as (

    select
        lines.claim_line_id,
        lines.kind,
        count(case
            when stated.element is null then 1
            when required.element = 'physician_approval' and stated.is_signed = 0 then 1
        end) as missing,
        min(case when stated.element is null then required.label end) as first_missing,
        count(case when required.element = 'physician_approval' and stated.is_signed = 0 then 1 end) as unsigned,
        coalesce(min(stated.document_id), '') as document_id
    from lines
    inner join required on lines.kind = required.kind
    left join stated
        on
            lines.claim_line_id = stated.claim_line_id
            and lines.kind = stated.kind
            and required.element = stated.element
    group by lines.claim_line_id, lines.kind

)

select
    summed.claim_line_id,
    summed.kind,
    case when summed.missing = 0 then 'met' else 'not_documented' end as outcome,
    case
        when summed.document_id = '' then concat(
            'no ', replace(summed.kind, '_', ' '),
            case when summed.kind = 'simulation_record' then ' of that day' else '' end, ' is in the chart'
        )
        when summed.missing = 0
            then concat(replace(summed.kind, '_', ' '), ' ', summed.document_id, ' states all that is required')
        when summed.first_missing is null then concat(
            replace(summed.kind, '_', ' '), ' ', summed.document_id,
            ' has no signature of the physician under its approval'
        )
        else concat(
            replace(summed.kind, '_', ' '), ' ', summed.document_id, ' does not state: ', summed.first_missing,
            case when summed.missing > 1 then concat(', and ', summed.missing - 1, ' more') else '' end
        )
    end as because
from summed
