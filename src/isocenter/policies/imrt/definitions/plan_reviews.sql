-- title: The radiation oncologist's reviews of images and of histograms for each plan: what they cover, who signed when

with

required as (

    select
        document_checklist.kind,
        document_checklist.element,
        document_checklist.label
    from document_checklist
    where document_checklist.requirement in ('IMRT-5', 'IMRT-6')

),

-- The text asks for a date under the review of images; under that of histograms the signature alone is enough.
reviews as (

    select
        plan_documents.document_id,
        plan_documents.course_id,
        plan_documents.phase,
        plan_documents.kind,
        plan_documents.oncologist_signed_on,
        case
            when not plan_documents.is_signed_by_oncologist then 'unsigned'
            when plan_documents.kind = 'image_review' and plan_documents.oncologist_signed_on is null then 'unsigned'
            when plan_documents.oncologist_signed_last_on < plan_documents.simulated_on then 'before the CT'
            else 'signed'
        end as state,
        plan_documents.simulated_on
    from plan_documents
    where plan_documents.kind in ('image_review', 'dvh_review')

),

stated as (

    select
        reviews.*,
        document_elements.element
    from reviews
    inner join document_elements on reviews.document_id = document_elements.document_id
    inner join required
        on
            reviews.kind = required.kind
            and document_elements.element = required.element

),

-- The review that covers most is named in the sentence.
named_reviews as (

    select
        reviews.course_id,
        reviews.phase,
        reviews.kind,
        reviews.document_id,
        reviews.state,
        reviews.oncologist_signed_on,
        reviews.simulated_on,
        row_number() over (
            partition by reviews.course_id, reviews.phase, reviews.kind
            order by
                case reviews.state when 'signed' then 0 when 'before the CT' then 1 else 2 end,
                count(stated.element) desc,
                reviews.oncologist_signed_on,
                reviews.document_id
        ) as place
    from reviews
    left join stated on reviews.document_id = stated.document_id
    group by
        reviews.course_id, reviews.phase, reviews.kind, reviews.document_id, reviews.state,
        reviews.oncologist_signed_on, reviews.simulated_on

),

covered as (

    select distinct
        stated.course_id,
        stated.phase,
        stated.kind,
        stated.element
    from stated
    where stated.state = 'signed'

),

gaps as (

    select
        plan_phases.course_id,
        plan_phases.phase,
        plan_phases.of_replan,
        required.kind,
        count(case when covered.element is null then 1 end) as missing,
        min(case when covered.element is null then required.label end) as first_missing
    from plan_phases
    cross join required
    left join covered
        on
            plan_phases.course_id = covered.course_id
            and plan_phases.phase = covered.phase
            and required.kind = covered.kind
            and required.element = covered.element
    group by plan_phases.course_id, plan_phases.phase, plan_phases.of_replan, required.kind

),

left_out as (

    select
        structures_left_out.course_id,
        case
            when structures_left_out.element in ('dvh_targets', 'dvh_critical_structures') then 'dvh_review'
            else 'image_review'
        end as kind,
        cast(sum(structures_left_out.structures) as bigint) as structures,
        min(structures_left_out.first_name) as first_name
    from structures_left_out
    group by
        structures_left_out.course_id,
        case
            when structures_left_out.element in ('dvh_targets', 'dvh_critical_structures') then 'dvh_review'
            else 'image_review'
        end

),

together as (

    select
        gaps.*,
        case gaps.kind when 'image_review' then 'images' else 'dose-volume histograms' end as of_what,
        coalesce(named_reviews.document_id, '') as document_id,
        coalesce(named_reviews.state, '') as state,
        named_reviews.oncologist_signed_on as signed_on,
        named_reviews.simulated_on,
        case when gaps.phase = 1 then coalesce(left_out.structures, 0) else 0 end as structures_left_out,
        coalesce(left_out.first_name, '') as first_left_out
    from gaps
    left join named_reviews
        on
            gaps.course_id = named_reviews.course_id
            and gaps.phase = named_reviews.phase
            and gaps.kind = named_reviews.kind
            and named_reviews.place = 1
    left join left_out
        on
            gaps.course_id = left_out.course_id
            and gaps.kind = left_out.kind

),

ranked as (

    select
        together.*,
        row_number() over (
            partition by together.course_id, together.kind
            order by
                case when together.missing > 0 or together.structures_left_out > 0 then 0 else 1 end,
                together.phase
        ) as place
    from together

)

select
    ranked.course_id,
    ranked.kind,
    case when ranked.missing > 0 or ranked.structures_left_out > 0 then 'not_documented' when ranked.missing = 0 then 'met' end
        as outcome,
    case
        when ranked.state = '' then concat('the chart holds no review of ', ranked.of_what, ranked.of_replan)
        when ranked.state = 'unsigned' then concat(
            'the review of ', ranked.of_what, ' ', ranked.document_id,
            case when ranked.kind = 'image_review' then ' has no dated signature' else ' has no signature' end,
            ' of the radiation oncologist'
        )
        when ranked.state = 'before the CT' then concat(
            'the review of ', ranked.of_what, ' ', ranked.document_id, ' was signed on ', ranked.signed_on,
            ', before the simulation of ', ranked.simulated_on
        )
        when ranked.missing > 0 then concat(
            'the review of ', ranked.of_what, ' ', ranked.document_id,
            case when ranked.signed_on is null then '' else concat(', signed on ', ranked.signed_on) end,
            ', does not cover', ranked.of_replan, ': ', ranked.first_missing,
            case when ranked.missing > 1 then concat(', and ', ranked.missing - 1, ' more') else '' end
        )
        when ranked.structures_left_out > 0 then concat(
            'the review of ', ranked.of_what, ' ', ranked.document_id, ' names structures but leaves out ',
            ranked.structures_left_out, ' contoured ones, such as ', ranked.first_left_out
        )
        else concat(
            'the radiation oncologist signed the review of ', ranked.of_what, ' ', ranked.document_id,
            case when ranked.signed_on is null then '' else concat(' on ', ranked.signed_on) end
        )
    end as because
from ranked
where ranked.place = 1
