-- The tumors that the diagnoses of claims name, as numbers; diagnoses that name none are left out.

with

-- A tumor is a site of the list with its side, else the category of the diagnosis; other codes name none.
-- The narrowest range wins: the longest beginning, then the latest.
ranked_ranges as (

    select
        given_codes.icd10,
        concat(icd10_sites.site, ' ', icd10_sites.laterality) as tumor,
        row_number() over (
            partition by given_codes.icd10
            order by length(icd10_sites.icd10_from) desc, icd10_sites.icd10_from desc, icd10_sites.icd10_to
        ) as place
    from (select distinct claim_diagnoses.icd10 from claim_diagnoses) as given_codes
    inner join icd10_sites
        on
            substr(given_codes.icd10, 1, 1) = substr(icd10_sites.icd10_from, 1, 1)
            and given_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
    where icd10_sites.site not in ('', 'reirradiation')

),

named_tumors as (

    select
        ranked_ranges.icd10,
        ranked_ranges.tumor
    from ranked_ranges
    where ranked_ranges.place = 1

    union all

    select
        given_codes.icd10,
        substr(given_codes.icd10, 1, 3) as tumor
    from (select distinct claim_diagnoses.icd10 from claim_diagnoses) as given_codes
    where
        given_codes.icd10 between 'C00' and 'D49.9Z'
        and given_codes.icd10 not in (select ranked_ranges.icd10 from ranked_ranges)

),

numbered_tumors as (

    select
        named_tumors.icd10,
        dense_rank() over (order by named_tumors.tumor) as tumor
    from named_tumors

)

select
    claim_diagnoses.claim_id,
    claim_diagnoses.position,
    numbered_tumors.tumor
from claim_diagnoses
inner join numbered_tumors on claim_diagnoses.icd10 = numbered_tumors.icd10
