namespace SafeTune.Metrics.Text;

/// <summary>Snowball's English stemmer, "Porter 2" (snowballstem.org/algorithms/english/stemmer.html), of lower-case words.</summary>
internal static class EnglishStemmer
{
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["skis"] = "ski", ["skies"] = "sky", ["dying"] = "die", ["lying"] = "lie", ["tying"] = "tie", ["idly"] = "idl", ["gently"] = "gentl", ["ugly"] = "ugli",
        ["early"] = "earli", ["only"] = "onli", ["singly"] = "singl", ["sky"] = "sky", ["news"] = "news", ["howe"] = "howe", ["atlas"] = "atlas", ["cosmos"] = "cosmos",
        ["bias"] = "bias", ["andes"] = "andes",
    };

    private static readonly HashSet<string> WholeAfterPlural =
        new(StringComparer.Ordinal) { "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed" };

    private static readonly (string Ending, string Base)[] Derivations =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("abli", "able"), ("entli", "ent"), ("izer", "ize"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("aliti", "al"), ("alli", "al"), ("fulness", "ful"), ("ousli", "ous"), ("ousness", "ous"), ("iveness", "ive"), ("iviti", "ive"),
        ("biliti", "ble"), ("bli", "ble"), ("ogi", "og"), ("fulli", "ful"), ("lessli", "less"), ("li", ""),
    ];

    private static readonly (string Ending, string Base)[] Qualities =
        [("tional", "tion"), ("ational", "ate"), ("alize", "al"), ("icate", "ic"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""), ("ative", "")];

    private static readonly string[] Residues = ["al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion"];

    /// <summary>The stem, which need not be a word.</summary>
    public static string Stem(string word)
    {
        if (word.Length <= 2)
            return word;
        if (Exceptions.TryGetValue(word, out var exception))
            return exception;
        word = MarkConsonantY(word.TrimStart('\''));
        var first = FirstRegion(word);
        var second = Region(word, first);
        word = WithoutPlural(WithoutApostrophe(word));
        if (WholeAfterPlural.Contains(word))
            return word;
        word = WithoutPast(word, first);
        if (word.Length > 2 && word[^1] is 'y' or 'Y' && !IsVowel(word[^2]))
            word = word[..^1] + "i";
        word = Replace(word, Derivations, first, second);
        word = Replace(word, Qualities, first, second);
        return WithoutEnd(WithoutResidue(word, second), first, second).Replace('Y', 'y');
    }

    private static bool IsVowel(char letter) => letter is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';

    // Y at the start or after a vowel is a consonant, written as a capital until the end.
    private static string MarkConsonantY(string word)
    {
        var letters = word.ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            if (letters[i] == 'y' && (i == 0 || IsVowel(letters[i - 1])))
                letters[i] = 'Y';
        }

        return new string(letters);
    }

    private static int FirstRegion(string word)
    {
        foreach (var prefix in new[] { "gener", "commun", "arsen" })
        {
            if (word.StartsWith(prefix, StringComparison.Ordinal))
                return prefix.Length;
        }

        return Region(word, 0);
    }

    // What follows the first consonant after a vowel.
    private static int Region(string word, int start)
    {
        for (var i = start + 1; i < word.Length; i++)
        {
            if (!IsVowel(word[i]) && IsVowel(word[i - 1]))
                return i + 1;
        }

        return word.Length;
    }

    private static bool Ends(string word, string ending) => word.EndsWith(ending, StringComparison.Ordinal);

    private static string WithoutApostrophe(string word) =>
        Ends(word, "'s'") ? word[..^3] : Ends(word, "'s") ? word[..^2] : Ends(word, "'") ? word[..^1] : word;

    private static string WithoutPlural(string word)
    {
        if (Ends(word, "sses"))
            return word[..^2];
        if (Ends(word, "ied") || Ends(word, "ies"))
            return word[..^(word.Length > 4 ? 2 : 1)];
        var plural = Ends(word, "s") && !Ends(word, "us") && !Ends(word, "ss");
        return plural && word[..^1].SkipLast(1).Any(IsVowel) ? word[..^1] : word;
    }

    private static string WithoutPast(string word, int first)
    {
        foreach (var ending in new[] { "eedly", "eed" })
        {
            if (Ends(word, ending))
                return word.Length - ending.Length >= first ? word[..^ending.Length] + "ee" : word;
        }

        foreach (var ending in new[] { "ingly", "edly", "ing", "ed" })
        {
            if (Ends(word, ending))
                return word[..^ending.Length].Any(IsVowel) ? Repaired(word[..^ending.Length], first) : word;
        }

        return word;
    }

    // hop(p)ed, hop(e)d, relat(e)d
    private static string Repaired(string stem, int first)
    {
        if (Ends(stem, "at") || Ends(stem, "bl") || Ends(stem, "iz"))
            return stem + "e";
        if (stem.Length > 1 && stem[^1] == stem[^2] && "bdfgmnprt".Contains(stem[^1], StringComparison.Ordinal))
            return stem[..^1];
        return first >= stem.Length && EndsShort(stem) ? stem + "e" : stem;
    }

    private static bool EndsShort(string stem) => stem.Length == 2
        ? IsVowel(stem[0]) && !IsVowel(stem[1])
        : stem.Length > 2 && !IsVowel(stem[^3]) && IsVowel(stem[^2]) && !IsVowel(stem[^1]) && stem[^1] is not ('w' or 'x' or 'Y');

    private static string Replace(string word, (string Ending, string Base)[] rules, int first, int second)
    {
        var (ending, replacement) = rules.Where(rule => Ends(word, rule.Ending)).OrderByDescending(rule => rule.Ending.Length).FirstOrDefault();
        if (ending is null || word.Length - ending.Length < (ending == "ative" ? second : first))
            return word;
        var stem = word[..^ending.Length];
        var allowed = ending switch
        {
            "ogi" => Ends(stem, "l"),
            "li" => stem.Length > 0 && "cdeghkmnrt".Contains(stem[^1], StringComparison.Ordinal),
            _ => true,
        };
        return allowed ? stem + replacement : word;
    }

    private static string WithoutResidue(string word, int second)
    {
        var ending = Residues.Where(residue => Ends(word, residue)).MaxBy(residue => residue.Length);
        var cut = ending is not null && word.Length - ending.Length >= second && (ending != "ion" || Ends(word, "sion") || Ends(word, "tion"));
        return cut ? word[..^ending!.Length] : word;
    }

    private static string WithoutEnd(string word, int first, int second)
    {
        if (Ends(word, "e") && (word.Length - 1 >= second || (word.Length - 1 >= first && !EndsShort(word[..^1]))))
            return word[..^1];
        return Ends(word, "ll") && word.Length - 1 >= second ? word[..^1] : word;
    }
}
