-- Of claims that name several tumors, the lines that point to diagnoses: each is for the first that names a tumor.

with

claims_of_several as (

    select tumors.claim_id
    from tumors
    group by tumors.claim_id
    having min(tumors.tumor) < max(tumors.tumor)

),

pointers as (

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        1 as rank,
        claim_lines.diagnosis_pointer_1 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_1 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        2 as rank,
        claim_lines.diagnosis_pointer_2 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_2 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        3 as rank,
        claim_lines.diagnosis_pointer_3 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_3 is not null

    union all

    select
        claim_lines.claim_line_id,
        claim_lines.claim_id,
        4 as rank,
        claim_lines.diagnosis_pointer_4 as position
    from claim_lines
    where claim_lines.diagnosis_pointer_4 is not null

)

select
    pointers.claim_line_id,
    mod(min(pointers.rank * 1000000 + tumors.tumor), 1000000) as tumor
from pointers
inner join claims_of_several on pointers.claim_id = claims_of_several.claim_id
inner join tumors
    on pointers.claim_id = tumors.claim_id and pointers.position = tumors.position
group by pointers.claim_line_id
