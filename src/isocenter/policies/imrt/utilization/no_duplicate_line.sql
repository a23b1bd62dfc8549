-- title:        The same service is not billed twice, on two claims or on one
-- fault:        The same service is billed twice
-- requirements: UTIL-1
-- cites:        utilization, paragraph 2
-- judges:       claim_line
-- formal:       yes
-- needs:        claim_lines
-- rests_on:     none
-- consequence:  review
-- remedy:       Void the second claim, or show that the service was given twice; of two replacements, say when each was written; bill each component of a service once; give each line its own number; where a service was given again on a day, say so by modifier 76, 77, 59 or XE, XP, XS, XU, and send its record.

with

earlier_claims as (

    select
        services_billed_before.*,
        services_billed_before.first_claim_of_provider < services_billed_before.claim_id as is_of_provider,
        case
            when services_billed_before.first_claim_of_provider < services_billed_before.claim_id
                then services_billed_before.first_claim_of_provider
            else services_billed_before.first_claim_with_unnamed
        end as first_claim
    from services_billed_before

),

-- Of lines of several days, and of lines within them, the first day that is billed twice.
covered_twice as (

    select
        earlier_claims.claim_line_id,
        min(earlier_claims.service_day) as first_day,
        min(earlier_claims.first_claim) as first_claim,
        max(case when earlier_claims.is_of_provider then 1 else 0 end) = 1 as is_of_provider
    from earlier_claims
    where
        earlier_claims.is_of_span
        and earlier_claims.claim_id > earlier_claims.first_claim
    group by earlier_claims.claim_line_id

),

repeated_lines as (

    select
        lines_of_repeated_days.claim_line_id,
        lines_of_repeated_days.claim_id,
        lines_of_repeated_days.line_number,
        lines_of_repeated_days.service_date,
        lines_of_repeated_days.procedure_code,
        lines_of_repeated_days.claim_frequency,
        lines_of_repeated_days.repeated_line_id
    from lines_of_repeated_days
    where not lines_of_repeated_days.is_of_span

    union all

    select distinct
        lines_of_repeated_days.claim_line_id,
        lines_of_repeated_days.claim_id,
        lines_of_repeated_days.line_number,
        lines_of_repeated_days.service_date,
        lines_of_repeated_days.procedure_code,
        lines_of_repeated_days.claim_frequency,
        lines_of_repeated_days.repeated_line_id
    from lines_of_repeated_days
    inner join covered_twice on lines_of_repeated_days.claim_line_id = covered_twice.claim_line_id
    where
        lines_of_repeated_days.is_of_span
        and not exists (
            select 1 from lines_of_repeated_days as others
            where
                others.claim_line_id = lines_of_repeated_days.claim_line_id
                and not others.is_of_span
        )

),

-- Lines that a replacement under one number holds several times: nothing says which of its versions is the later one.
lines_of_several_corrections as (

    select
        repeated_lines.claim_id,
        repeated_lines.line_number,
        repeated_lines.service_date,
        repeated_lines.procedure_code
    from repeated_lines
    where repeated_lines.claim_frequency = '7'
    group by
        repeated_lines.claim_id, repeated_lines.line_number, repeated_lines.service_date, repeated_lines.procedure_code
    having count(*) > 1

),

-- The days on which claims begin, by their lines of codes of the policy: several claims of one number differ in them.
first_days as (

    select
        claim_lines.claim_id,
        min(claim_lines.service_date) as first_service
    from claim_lines
    inner join (
        select distinct earlier_claims.first_claim
        from earlier_claims
        where earlier_claims.claim_id > earlier_claims.first_claim
    ) as firsts
        on claim_lines.claim_id = firsts.first_claim
    where claim_lines.procedure_code in (select codes.code from codes)
    group by claim_lines.claim_id

),

first_claims as (

    select
        repeated_lines.claim_line_id,
        repeated_lines.claim_id,
        repeated_lines.line_number,
        repeated_lines.repeated_line_id,
        lines_of_several_corrections.claim_id is not null as is_of_several_corrections,
        coalesce(earlier_claims.first_claim, repeated_lines.claim_id) as first_claim,
        coalesce(earlier_claims.is_of_provider, false) as is_of_provider,
        first_days.first_service,
        covered_twice.first_claim as overlapped_claim,
        covered_twice.first_day as overlapped_day,
        coalesce(covered_twice.is_of_provider, false) as overlaps_provider,
        repeated_lines.service_date,
        services_repeated_on_a_claim.first_line,
        components_beside_the_whole.other_line_id,
        components_beside_the_whole.component,
        components_beside_the_whole.is_the_whole
    from repeated_lines
    left join services_repeated_on_a_claim
        on repeated_lines.claim_line_id = services_repeated_on_a_claim.claim_line_id
    left join components_beside_the_whole
        on repeated_lines.claim_line_id = components_beside_the_whole.claim_line_id
    left join covered_twice on repeated_lines.claim_line_id = covered_twice.claim_line_id
    left join earlier_claims
        on
            repeated_lines.claim_line_id = earlier_claims.claim_line_id
            and not earlier_claims.is_of_span
    left join first_days on earlier_claims.first_claim = first_days.claim_id
    left join lines_of_several_corrections
        on
            repeated_lines.claim_id = lines_of_several_corrections.claim_id
            and repeated_lines.line_number = lines_of_several_corrections.line_number
            and repeated_lines.service_date = lines_of_several_corrections.service_date
            and repeated_lines.procedure_code = lines_of_several_corrections.procedure_code

),

-- The parts of a service that are billed once each, on a line of their own.
lines_of_parts as (

    select lines_with_components.claim_line_id
    from lines_with_components
    inner join (
        select
            services_of_days.member_id,
            services_of_days.service_date,
            services_of_days.procedure_code
        from lines_with_components as services_of_days
        group by services_of_days.member_id, services_of_days.service_date, services_of_days.procedure_code
        having count(*) > 1
    ) as several
        on
            lines_with_components.member_id = several.member_id
            and lines_with_components.service_date = several.service_date
            and lines_with_components.procedure_code = several.procedure_code
    where
        not exists (
            select 1 from first_claims
            where first_claims.claim_line_id = lines_with_components.claim_line_id
        )
)

select
    first_claims.claim_line_id as subject_id,
    case
        when first_claims.claim_id > first_claims.first_claim then 'not_met'
        when first_claims.overlapped_claim is not null then 'not_met'
        when first_claims.is_of_several_corrections then 'not_documented'
        when first_claims.repeated_line_id <> '' then 'not_documented'
        when first_claims.first_line is not null then 'not_documented'
        when first_claims.other_line_id is not null then 'not_documented'
        when first_claims.claim_id = first_claims.first_claim then 'met'
    end as outcome,
    case
        when first_claims.claim_id = first_claims.first_claim and first_claims.overlapped_claim is not null
            then concat(
                'the service is billed for ', first_claims.overlapped_day, ' with the same modifiers',
                case when first_claims.overlaps_provider then ' and provider' else '' end,
                ' on claim ', first_claims.overlapped_claim, ' too',
                case when first_claims.overlaps_provider then '' else '; one of the two does not name its provider' end
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.is_of_several_corrections
            then concat(
                'the replacement has line ', first_claims.line_number,
                ' several times, and nothing says which was written last'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.repeated_line_id <> ''
            then concat(
                'its number, ', first_claims.repeated_line_id,
                ', is also that of a line that states something else, and nothing says which of them counts'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.first_line is not null
            then concat(
                'line ', first_claims.first_line, ' of the claim bills the same service for ',
                first_claims.service_date, ', and no modifier says that it was given again'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.is_the_whole
            then concat(
                'line ', first_claims.other_line_id, ' of a hospital bills the technical component of the service for ',
                first_claims.service_date, ', and this line, without modifier 26, bills it again'
            )
        when first_claims.claim_id = first_claims.first_claim and first_claims.other_line_id is not null
            then concat(
                'line ', first_claims.other_line_id, ' bills the service for ', first_claims.service_date,
                ' with both of its components, the ', first_claims.component,
                ' one included, and no modifier says that it was given again'
            )
        when first_claims.claim_id = first_claims.first_claim then 'the service is on no earlier claim'
        else concat(
            'the service is billed with the same modifiers',
            case when first_claims.is_of_provider then ' and provider' else '' end,
            ' on claim ', first_claims.first_claim, ', which begins on ', first_claims.first_service,
            case when first_claims.is_of_provider then '' else '; one of the two does not name its provider' end
        )
    end as because
from first_claims

union all

select
    lines_of_parts.claim_line_id as subject_id,
    'met' as outcome,
    'the service is on no earlier claim' as because
from lines_of_parts
