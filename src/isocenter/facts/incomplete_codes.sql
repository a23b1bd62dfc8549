-- Codes among the diagnoses of claims that begin as those of tumors and are not complete, with their claims.

select distinct
    claim_diagnoses.claim_id,
    claim_diagnoses.icd10
from claim_diagnoses
left join icd10_sites
    on
        substr(claim_diagnoses.icd10, 1, 3) = substr(icd10_sites.icd10_from, 1, 3)
        and length(claim_diagnoses.icd10) = length(icd10_sites.icd10_from)
        and claim_diagnoses.icd10 between icd10_sites.icd10_from and icd10_sites.icd10_to
where
    claim_diagnoses.icd10 between 'C00' and 'D5'
    and icd10_sites.icd10_from is null
