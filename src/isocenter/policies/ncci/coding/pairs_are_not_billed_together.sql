-- title:        The second code of a procedure pair is not billed beside the first
-- requirements: PAIR-1, PAIR-2
-- cites:        pairs, paragraph 1
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines, procedure_pairs
-- rests_on:     none
-- consequence:  deny
-- remedy:       State on the claim whether an office or a hospital bills, where it does not; bill the first code alone; where both services were distinct and the pair allows it, add the modifier that says so and keep the record of it.
-- carc:         236
-- rarc:         M80

with

held as (

    select
        paired_lines.claim_line_id,
        paired_lines.procedure_code,
        paired_lines.service_date,
        paired_lines.first_code,
        paired_lines.modifier_indicator,
        paired_lines.is_open,
        case
            when paired_lines.modifier_indicator = 0 then ''
            when coalesce(second_modifiers.on_second_code, '') <> '' then second_modifiers.on_second_code
            else coalesce(first_modifiers.on_first_code, '')
        end as set_apart_by
    from paired_lines
    left join modifiers_that_set_apart as second_modifiers
        on paired_lines.claim_line_id = second_modifiers.claim_line_id
    left join modifiers_that_set_apart as first_modifiers
        on paired_lines.first_line_id = first_modifiers.claim_line_id

),

judged as (

    select
        held.claim_line_id,
        held.procedure_code,
        held.service_date,
        count(case when held.set_apart_by = '' and not held.is_open then 1 end) as bundled_for_certain,
        -- The indicator leads, so that a pair that no modifier sets apart is named first.
        min(case when held.set_apart_by = '' then concat(held.modifier_indicator, held.first_code) end) as bundled_into,
        min(held.first_code) as first_code,
        min(held.set_apart_by) as set_apart_by
    from held
    group by held.claim_line_id, held.procedure_code, held.service_date

)

select
    judged.claim_line_id as subject_id,
    case
        when judged.bundled_for_certain > 0 then 'not_met'
        when judged.bundled_into is not null then 'not_documented'
        when judged.bundled_into is null then 'met'
    end as outcome,
    concat(
        judged.procedure_code, ' on ', judged.service_date, ' is billed beside ',
        coalesce(substring(judged.bundled_into, 2, 5), judged.first_code), ' of the same provider; ',
        case
            when judged.bundled_into is null then concat('modifier ', judged.set_apart_by, ' sets them apart')
            when substring(judged.bundled_into, 1, 1) = '0' then 'the pair allows no modifier'
            else 'the pair allows a modifier, and none is on the line that needs it'
        end,
        case
            when judged.bundled_into is null or judged.bundled_for_certain > 0 then ''
            else '; a claim does not state its setting, which decides whether the pair counts'
        end
    ) as because
from judged
