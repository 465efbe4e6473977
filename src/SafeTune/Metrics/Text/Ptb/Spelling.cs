using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>American spellings of lower-case British words, as far as Stanford's tokenizer changes them.</summary>
internal static partial class Spelling
{
    // Words in -our and -ours follow a rule; here is what does not. "centre" stays: the tokens of pycocoevalcap have it.
    private static readonly Dictionary<string, string> Irregular = Parse("""
        anaesthetic anesthetic analogue analog analogues analogs analyse analyze analysed analyzed analysing analyzing armoured armored
        cancelled canceled cancelling canceling capitalise capitalize capitalised capitalized capitalisation capitalization chimaeric chimeric
        coloured colored colouring coloring colourful colorful defence defense Defence Defense discoloured discolored discolouring discoloring
        encyclopaedia encyclopedia endeavoured endeavored endeavouring endeavoring favoured favored favouring favoring favourite favorite
        favourites favorites fibre fiber fibres fibers finalise finalize finalised finalized finalising finalizing flavoured flavored
        flavouring flavoring grey gray homologue homolog homologues homologs honoured honored honouring honoring honourable honorable
        humoured humored humouring humoring kerb curb labelled labeled labelling labeling Labour Labor laboured labored labouring laboring
        leant leaned learnt learned localise localize localised localized manoeuvre maneuver manoeuvres maneuvers maximise maximize
        maximised maximized maximising maximizing meagre meager minimise minimize minimised minimized minimising minimizing
        modernise modernize modernised modernized modernising modernizing neighbourhood neighborhood neighbourhoods neighborhoods
        oestrogen estrogen oestrogens estrogens organisation organization organisations organizations penalise penalize penalised penalized
        popularise popularize popularised popularized popularises popularizes popularising popularizing practise practice practised practiced
        pressurise pressurize pressurised pressurized pressurises pressurizes pressurising pressurizing realise realize realised realized
        realising realizing realises realizes recognise recognize recognised recognized recognising recognizing recognises recognizes
        rumoured rumored rumouring rumoring savoured savored savouring savoring theatre theater theatres theaters titre titer titres titers
        travelled traveled travelling traveling
        """);

    public static string American(string word)
    {
        if (word.Length < 4)
            return word;
        if (Irregular.TryGetValue(word, out var american))
            return american;
        if (EndsInOur().IsMatch(word) && !KeepsOur().IsMatch(word))
            return EndsInOur().Replace(word, "or$1");
        return Diphthong().Replace(Programme().Replace(word, "program$1"), "em");
    }

    private static Dictionary<string, string> Parse(string pairs) => Words.Split(pairs).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    [GeneratedRegex("(?<=^[a-z]{3,})our(s?)$", RegexOptions.CultureInvariant)]
    private static partial Regex EndsInOur();

    [GeneratedRegex("bonjour|carrefour|flour|contour|de[tv]our|downpour|inpour|outpour|repour|glamour|paramour|pompadour|tambour|troubadour|velour", RegexOptions.CultureInvariant)]
    private static partial Regex KeepsOur();

    [GeneratedRegex("programme(s?)$", RegexOptions.CultureInvariant)]
    private static partial Regex Programme();

    [GeneratedRegex("(?<=h)aem(?=o|ato)|aem(?=ia$)|(?<=[lL]euk)aem", RegexOptions.CultureInvariant)]
    private static partial Regex Diphthong();
}
