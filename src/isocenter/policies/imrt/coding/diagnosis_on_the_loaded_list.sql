-- title:        A diagnosis of the claim is on the list of covered diagnoses that the user loaded
-- fault:        No diagnosis of the claim is on the loaded list of covered diagnoses
-- requirements: CODE-1
-- cites:        coding, paragraph 6
-- judges:       claim_line
-- needs:        claim_lines, covered_diagnoses
-- rests_on:     itself
-- consequence:  not_necessary
-- remedy:       Send the diagnosis that was treated, with its code.
-- carc:         50
-- rarc:         N115

with

service_lines as (

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        claim_lines.course_id,
        claim_lines.procedure_code,
        claim_lines.service_date
    from claim_lines
    inner join imrt_service_lines on claim_lines.claim_line_id = imrt_service_lines.claim_line_id

),

claims_with_diagnoses as (

    select distinct claim_diagnoses.claim_id
    from claim_diagnoses

),

-- The diagnoses of the claim count; where it names no diagnosis, those of the course do.
given as (

    select
        service_lines.claim_line_id,
        claim_diagnoses.icd10
    from service_lines
    inner join claim_diagnoses on service_lines.claim_id = claim_diagnoses.claim_id

    union

    select
        service_lines.claim_line_id,
        diagnoses.icd10
    from service_lines
    inner join diagnoses on service_lines.course_id = diagnoses.course_id
    left join claims_with_diagnoses on service_lines.claim_id = claims_with_diagnoses.claim_id
    where claims_with_diagnoses.claim_id is null

),

given_counts as (

    select
        given.claim_line_id,
        count(*) as diagnoses_given,
        min(given.icd10) as one_given
    from given
    group by given.claim_line_id

),

service_days as (

    select distinct
        service_lines.procedure_code,
        service_lines.service_date
    from service_lines

),

listed as (

    select distinct
        service_days.procedure_code,
        service_days.service_date,
        covered_diagnoses.icd10
    from service_days
    inner join covered_diagnoses on service_days.procedure_code = covered_diagnoses.procedure_code
    where
        service_days.service_date >= coalesce(covered_diagnoses.valid_from, service_days.service_date)
        and service_days.service_date <= coalesce(covered_diagnoses.valid_to, service_days.service_date)

),

listed_days as (

    select distinct
        listed.procedure_code,
        listed.service_date
    from listed

),

covered as (

    select
        service_lines.claim_line_id,
        min(given.icd10) as icd10
    from service_lines
    inner join given on service_lines.claim_line_id = given.claim_line_id
    inner join listed
        on
            service_lines.procedure_code = listed.procedure_code
            and service_lines.service_date = listed.service_date
            and given.icd10 = listed.icd10
    group by service_lines.claim_line_id

)

select
    service_lines.claim_line_id as subject_id,
    case
        when listed_days.procedure_code is null then 'not_applicable'
        when covered.claim_line_id is not null then 'met'
        when given_counts.claim_line_id is null then 'not_documented'
        else 'not_met'
    end as outcome,
    case
        when listed_days.procedure_code is null
            then concat(
                'the loaded list says nothing of ', service_lines.procedure_code, ' on ', service_lines.service_date
            )
        when covered.claim_line_id is not null then concat(covered.icd10, ' is on the loaded list')
        when given_counts.claim_line_id is null then 'neither the claim nor the course names a diagnosis'
        else concat(
            'none of the ', given_counts.diagnoses_given, ' diagnoses given (', given_counts.one_given,
            ' the first of them) is on the loaded list for ', service_lines.procedure_code, ' on ',
            service_lines.service_date
        )
    end as because
from service_lines
left join listed_days
    on
        service_lines.procedure_code = listed_days.procedure_code
        and service_lines.service_date = listed_days.service_date
left join covered on service_lines.claim_line_id = covered.claim_line_id
left join given_counts on service_lines.claim_line_id = given_counts.claim_line_id
