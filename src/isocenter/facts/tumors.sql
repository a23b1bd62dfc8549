-- The tumors that the diagnoses of claims name, as numbers; diagnoses that name none are left out, and so are codes
-- that are not complete.

with

-- A tumor is a site of the list with its side, else the category of the diagnosis.
named_tumors as (

    select
        given_codes.icd10,
        case
            when icd10_sites.site = '' then substr(given_codes.icd10, 1, 3)
            else concat(icd10_sites.site, ' ', icd10_sites.laterality)
        end as tumor
    from (select distinct claim_diagnoses.icd10 from claim_diagnoses) as given_codes
    inner join icd10_sites
        on
            substr(given_codes.icd10, 1, 3) = substr(icd10_sites.icd10_from, 1, 3)
            and length(given_codes.icd10) = length(icd10_sites.icd10_from)
            and given_codes.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
    where icd10_sites.site <> 'reirradiation'

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
