-- title:        The measured dose agrees with the planned dose, measured before the end of treatment
-- fault:        The measured dose is not shown to agree with the planned dose
-- requirements: VER-1, SYS-5
-- cites:        verification, paragraph 1, sentence 1
-- judges:       plan
-- needs:        plans, verifications
-- affects:      imrt_service_lines
-- consequence:  review
-- remedy:       Send the measurement with its date, criteria and result, and the signed record of what was done about a result outside its limit.
-- asks:         dosimetric_verification

with

-- A later measurement of the same field by the same means takes the place of an earlier one.
ranked as (

    select
        verifications.*,
        delivery_spans.last_delivery,
        count(*) over (
            partition by
                verifications.plan_id, verifications.field, verifications.result,
                verifications.dose_criterion_percent, verifications.distance_criterion_mm
        ) as repeats,
        count(verifications.verified_on) over (
            partition by
                verifications.plan_id, verifications.field, verifications.result,
                verifications.dose_criterion_percent, verifications.distance_criterion_mm
        ) as dated,
        row_number() over (
            partition by
                verifications.plan_id, verifications.field, verifications.result,
                verifications.dose_criterion_percent, verifications.distance_criterion_mm
            order by
                case when verifications.verified_on > delivery_spans.last_delivery then 1 else 0 end,
                coalesce(verifications.verified_on, cast('1900-01-01' as date)) desc,
                case when verifications.value is null then 0 else 1 end,
                case when verifications.result = 'dose_deviation' then -abs(verifications.value) else verifications.value end,
                coalesce(verifications.value, 0),
                verifications.criteria
        ) as place
    from verifications
    inner join plans on verifications.plan_id = plans.plan_id
    left join delivery_spans on plans.course_id = delivery_spans.course_id
    where verifications.kind = 'measurement'

),

limits as (

    select
        max(case when readings.name = 'gamma_action_limit_percent' then readings.number end) as least_rate_percent,
        max(case when readings.name = 'chamber_deviation_limit_percent' then readings.number end)
            as largest_deviation_percent
    from readings

),

-- The action limit holds at 3 %/2 mm: a rate that looser criteria miss is missed there too, one that stricter
-- criteria reach is reached there, and the customary 3 %/3 mm are held against the same limit.
compared as (

    select
        ranked.*,
        case
            when ranked.verified_on > ranked.last_delivery then 'late'
            when ranked.value is null or ranked.result = '' then 'unknown'
            when ranked.repeats > 1 and ranked.dated < ranked.repeats then 'unknown'
            when ranked.result = 'dose_deviation' and abs(ranked.value) > limits.largest_deviation_percent then 'beyond'
            when ranked.result = 'dose_deviation' then 'within'
            when ranked.dose_criterion_percent is null or ranked.distance_criterion_mm is null then 'unknown'
            when
                ranked.value >= limits.least_rate_percent
                and ranked.dose_criterion_percent <= 3
                and ranked.distance_criterion_mm <= 3
                then 'within'
            when
                ranked.value < limits.least_rate_percent
                and ranked.dose_criterion_percent >= 3
                and ranked.distance_criterion_mm >= 2
                then 'beyond'
            else 'not comparable'
        end as agreement
    from ranked
    cross join limits
    where ranked.place = 1

),

-- A good result of a day that nobody states may have come after the treatment.
graded as (

    select
        compared.*,
        case
            when
                compared.agreement = 'within'
                and compared.verified_on is null
                and compared.last_delivery is not null
                then 'undated'
            else compared.agreement
        end as grade
    from compared

),

resolved as (

    select distinct stated_elements.course_id
    from stated_elements
    where
        stated_elements.kind = 'dosimetric_verification'
        and stated_elements.element = 'deviation_resolved'
        and stated_elements.is_signed_by_physicist

),

shown as (

    select
        graded.*,
        row_number() over (
            partition by graded.plan_id
            order by
                case graded.grade
                    when 'beyond' then 1 when 'late' then 2 when 'unknown' then 3 when 'undated' then 4 when 'not comparable' then 5 else 6
                end,
                graded.field,
                graded.criteria,
                graded.result,
                coalesce(graded.verified_on, cast('1900-01-01' as date)),
                coalesce(graded.value, 0),
                coalesce(graded.dose_criterion_percent, 0),
                coalesce(graded.distance_criterion_mm, 0)
        ) as rank_of_grade
    from graded

),

counted as (

    select
        graded.plan_id,
        count(*) as results,
        count(case when graded.agreement = 'within' then 1 end) as within,
        count(case when graded.grade = 'beyond' then 1 end) as beyond,
        count(case when graded.grade = 'late' then 1 end) as late,
        count(case when graded.grade in ('unknown', 'undated') then 1 end) as unknown,
        cast(sum(graded.repeats - 1) as bigint) as replaced
    from graded
    group by graded.plan_id

)

select
    plans.plan_id as subject_id,
    case
        when counted.beyond > 0 and resolved.course_id is null then 'not_met'
        when counted.late > 0 and counted.late = counted.results then 'not_met'
        when counted.unknown > 0 then 'not_documented'
        when counted.beyond > 0 or counted.within > 0 then 'met'
        else 'not_applicable'
    end as outcome,
    concat(
        'results of measurements: ', counted.results, ', within their limit: ', counted.within, ', beyond: ',
        counted.beyond, ', after the last fraction: ', counted.late,
        case when counted.replaced > 0 then concat(', replaced by a later one: ', counted.replaced) else '' end,
        '; ', case when shown.field = '' then 'the plan' else shown.field end,
        case when shown.verified_on is null then '' else concat(' on ', shown.verified_on) end,
        case
            when shown.value is null then ' has no result'
            when shown.result = 'gamma_pass_rate' then concat(
                ': ', printf('%.1f', floor(shown.value * 10 + 0.5) / 10), ' % of points pass'
            )
            when shown.result = 'dose_deviation' then concat(
                ': the dose deviates by ', printf('%.1f', floor(shown.value * 10 + 0.5) / 10), ' %'
            )
            else concat(
                ': ', printf('%.1f', floor(shown.value * 10 + 0.5) / 10), ' ', shown.unit,
                ', without saying whether that is a share of passing points or a deviation'
            )
        end,
        case when shown.criteria = '' then ', criteria not stated' else concat(' (', shown.criteria, ')') end,
        case
            when shown.grade = 'undated' then '; the day of the measurement is not stated'
            when shown.grade = 'late' then concat('; the last fraction was delivered on ', shown.last_delivery)
            when shown.grade = 'not comparable' then '; no published limit holds at these criteria'
            when shown.result = 'gamma_pass_rate' then concat(
                '; the action limit is ', cast(floor(limits.least_rate_percent + 0.5) as integer), ' % at 3 %/2 mm'
            )
            when shown.result = 'dose_deviation' then concat(
                '; the limit is ', cast(floor(limits.largest_deviation_percent + 0.5) as integer), ' %'
            )
            else ''
        end,
        case
            when counted.beyond > 0 and resolved.course_id is not null
                then '; a signed record says what was done about it'
            else ''
        end
    ) as because
from plans
inner join counted on plans.plan_id = counted.plan_id
inner join shown on plans.plan_id = shown.plan_id
cross join limits
left join resolved on plans.course_id = resolved.course_id
where shown.rank_of_grade = 1
