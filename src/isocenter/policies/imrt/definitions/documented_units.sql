-- title: Units of services that need a record each, with how many of them the records of the chart cover

with

-- What a record of each kind has to state, and for which lines it counts.
asked as (

    select
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.procedure_code,
        record_elements.purpose,
        record_elements.kind,
        record_elements.element,
        record_elements.signed_by,
        record_elements.is_of_a_week = 'yes' as is_of_a_week,
        treatment_starts.may_begin_on
    from coded_lines
    inner join record_elements on coded_lines.code_list = record_elements.code_list
    left join treatment_starts on coded_lines.course_id = treatment_starts.course_id

),

-- A record counts once; where it describes several services it says so by several details.
records as (

    select distinct
        stated_elements.document_id,
        stated_elements.course_id,
        stated_elements.kind,
        stated_elements.procedure_code,
        stated_elements.claim_line_id,
        stated_elements.is_signed_by_physician,
        stated_elements.is_signed_by_physicist,
        coalesce(
            stated_elements.document_date, stated_elements.physician_signed_on, stated_elements.physicist_signed_on
        ) as recorded_on,
        stated_elements.element,
        stated_elements.detail
    from stated_elements
    where stated_elements.kind in (select record_elements.kind from record_elements)

),

matched as (

    select distinct
        asked.claim_line_id,
        asked.purpose,
        records.document_id,
        records.detail,
        records.claim_line_id <> '' as names_its_line
    from asked
    inner join records
        on
            asked.course_id = records.course_id
            and asked.kind = records.kind
            and asked.element = records.element
            -- The note of a week of treatment has a day, and not one before the treatment.
            and (
                not asked.is_of_a_week
                or records.recorded_on >= coalesce(asked.may_begin_on, records.recorded_on)
            )
            and (asked.signed_by <> 'physician' or records.is_signed_by_physician)
            and (asked.signed_by <> 'medical_physicist' or records.is_signed_by_physicist)
            and (
                asked.claim_line_id = records.claim_line_id
                or (records.claim_line_id = '' and records.procedure_code in ('', asked.procedure_code))
            )

),

counted as (

    select
        matched.claim_line_id,
        matched.purpose,
        count(case when matched.names_its_line then 1 end) as own_records,
        count(case when not matched.names_its_line then 1 end) as shared_records
    from matched
    group by matched.claim_line_id, matched.purpose

),

purposes as (

    select distinct
        record_elements.code_list,
        record_elements.purpose
    from record_elements

),

lines as (

    select distinct
        coded_lines.claim_line_id,
        coded_lines.course_id,
        coded_lines.procedure_code,
        coded_lines.service_date,
        coded_lines.units,
        coded_lines.bills_professional_part,
        coded_lines.bills_technical_part,
        purposes.purpose,
        -- Devices billed as distinct, those of the collimator and others each have their own records.
        case
            when coded_lines.code_list <> 'treatment_device' then 'all'
            when coded_lines.is_distinct_service then 'distinct'
            when coded_lines.is_professional_component then 'physician'
            else 'plain'
        end as billed_as
    from coded_lines
    inner join purposes on coded_lines.code_list = purposes.code_list

),

open_units as (

    select
        lines.*,
        coalesce(counted.own_records, 0) as own_records,
        coalesce(counted.shared_records, 0) as shared_records,
        greatest(0, lines.units - coalesce(counted.own_records, 0)) as units_open
    from lines
    left join counted
        on
            lines.claim_line_id = counted.claim_line_id
            and lines.purpose = counted.purpose

),

-- The physician's part and the technical part of one service have one record.
summed as (

    select
        open_units.*,
        greatest(
            case
                when open_units.bills_professional_part
                    then sum(case when open_units.bills_professional_part then open_units.units_open else 0 end) over (
                        partition by
                            open_units.course_id, open_units.purpose, open_units.procedure_code, open_units.billed_as
                        order by open_units.service_date, open_units.claim_line_id
                    )
                else 0
            end,
            case
                when open_units.bills_technical_part
                    then sum(case when open_units.bills_technical_part then open_units.units_open else 0 end) over (
                        partition by
                            open_units.course_id, open_units.purpose, open_units.procedure_code, open_units.billed_as
                        order by open_units.service_date, open_units.claim_line_id
                    )
                else 0
            end
        ) as open_so_far
    from open_units

)

select
    summed.claim_line_id,
    summed.course_id,
    summed.purpose,
    summed.units,
    cast(summed.own_records + summed.shared_records as bigint) as records,
    cast(
        summed.units - greatest(0, least(summed.units_open, summed.open_so_far - summed.shared_records)) as bigint
    ) as units_documented
from summed
