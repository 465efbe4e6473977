using System.Text;
using SafeTune.Metrics.Text;

namespace SafeTune.Tests.Metrics.Text;

public sealed class TextMetricsTests
{
    private const string Tricky = "aB1 .,'-£&;:()/n't\u00a0İΣ\n\uD800<@#";
    private static readonly string[] Some = ["The cat sat on the mat, didn't it?", "A pub near the river serves £20 food.", "Blue Spice is a family-friendly place."];

    [Theory]
    [InlineData(MtevalVariant.Pymteval)]
    [InlineData(MtevalVariant.Perl)]
    public void A_text_equal_to_its_only_reference_scores_the_maximum(MtevalVariant variant)
    {
        var scores = E2e(Some, [.. Some.Select(text => new[] { text })], variant);

        Assert.Equal((1, 1, 10), (Math.Round(scores.Bleu, 12), Math.Round(scores.RougeL, 12), Math.Round(scores.Cider, 9)));
        Assert.InRange(scores.Meteor, 0.99, 1);
    }

    [Fact]
    public void The_order_of_the_references_does_not_matter()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            string[] said = [Sentence(random), Sentence(random), Sentence(random)];
            string[][] right = [.. said.Select(_ => new[] { Sentence(random), Sentence(random), Sentence(random) })];
            var (forth, back) = (E2e(said, right), E2e(said, [.. right.Select(item => item.Reverse().ToArray())]));
            Assert.Equal(forth.Bleu, back.Bleu, 1e-12);
            Assert.Equal(forth.Nist, back.Nist, 1e-12);
            Assert.Equal(forth.RougeL, back.RougeL, 1e-12);
            Assert.Equal(forth.Cider, back.Cider, 1e-12);
            Assert.Equal(forth.Meteor, back.Meteor, 0.02);
        }
    }

    [Theory]
    [InlineData(MtevalVariant.Pymteval)]
    [InlineData(MtevalVariant.Perl)]
    public void Any_unicode_has_scores_in_range(MtevalVariant variant)
    {
        var random = new Random(7);
        for (var trial = 0; trial < 60; trial++)
        {
            string[] said = [Noise(random), Noise(random)];
            var scores = E2e(said, [[Noise(random), said[0]], [Noise(random)]], variant);
            Assert.InRange(scores.Bleu, 0, 1);
            Assert.InRange(scores.Nist, 0, 100);
            Assert.InRange(scores.Meteor, 0, 1);
            Assert.InRange(scores.RougeL, 0, 1);
            Assert.InRange(scores.Cider, 0, 10 + 1e-9);
        }
    }

    [Fact]
    public void Perl_smooths_zero_counts_folds_ascii_only_and_counts_no_word_in_nothing()
    {
        // Precisions 2/2, 1/1 and no longer n-grams; brevity exp(1 - 4/2).
        Assert.Equal(Math.Exp(-1), E2e(["the cat"], [["the cat sat down"]], MtevalVariant.Perl).Bleu, 1e-12);
        // 3/4, 1/(2·3), 1/(4·2), 1/(8·1)
        Assert.Equal(Math.Pow(3 / 4.0 / 6 / 8 / 8, 0.25), E2e(["a x b c"], [["c a b y"]], MtevalVariant.Perl).Bleu, 1e-12);
        Assert.Equal(0, E2e(["É"], [["é"]], MtevalVariant.Perl).Nist);
        Assert.Equal(0, E2e([""], [["a b"]], MtevalVariant.Perl).Bleu);
        Assert.Equal(["é", ",", "b"], Mteval.Tokenize("É, B", MtevalVariant.Pymteval));
        Assert.Equal([""], Mteval.Tokenize(" ", MtevalVariant.Pymteval));
        Assert.Equal([], Mteval.Tokenize(" ", MtevalVariant.Perl));
    }

    [Fact]
    public void The_brevity_of_bleu_is_against_the_closest_reference_and_the_shorter_at_a_tie() =>
        Assert.Equal(1, E2e(["a b c d e"], [["a b c d e f", "a b c d", "a b c d e f g"]]).Bleu, 1e-12);

    [Fact]
    public void The_nist_length_penalties_of_the_variants_differ()
    {
        string[][] right = [["a b c d", "a b"], ["a b c d e f"]];
        var (python, perl) = (E2e(["a b c d", "a b c"], right), E2e(["a b c d", "a b c"], right, MtevalVariant.Perl));

        // Mean lengths 3 + 6 = 9 against all 12 words over 2 references = 6, which 7 words exceed.
        Assert.True(python.Nist < perl.Nist);
    }

    [Theory]
    [InlineData("I can't, won't and shan't; it's O'Malley's.", "i ca n't wo n't and sha n't it 's o'malley 's")]
    [InlineData("Cannot pay £20-25 (or $30.99)!", "can not pay # 20-25 -lrb- or $ 30.99 -rrb-")]
    [InlineData("My favourite colour is grey", "my favorite color is gray")]
    [InlineData("You’re “gonna” see Mr. Smith at 5 p.m. today…", "you 're gon na see mr. smith at 5 p.m. today")]
    [InlineData("kid-friendly - and/or 1/2 price, 1,000.5% off -- see www.example.com/menu", "kid-friendly and/or 1/2 price 1,000.5 % off see www.example.com/menu")]
    [InlineData("the 'Wrestlers' restaurant's food;great", "the wrestlers restaurant 's food great")]
    [InlineData("... , . !", "")]
    public void Words_are_those_of_the_penn_treebank(string text, string words) => Assert.Equal(words, PtbTokenizer.Tokenize(text));

    [Theory]
    [InlineData("caresses caress")]
    [InlineData("ponies poni")]
    [InlineData("cats cat")]
    [InlineData("gas gas")]
    [InlineData("hopping hop")]
    [InlineData("hoped hope")]
    [InlineData("relational relat")]
    [InlineData("generously generous")]
    [InlineData("consistency consist")]
    [InlineData("knightly knight")]
    [InlineData("happily happili")]
    [InlineData("skies sky")]
    [InlineData("dying die")]
    [InlineData("played play")]
    [InlineData("customers custom")]
    [InlineData("located locat")]
    [InlineData("families famili")]
    [InlineData("national nation")]
    public void Stems_are_snowballs(string pair) => Assert.Equal(pair.Split(' ')[1], EnglishStemmer.Stem(pair.Split(' ')[0]));

    [Fact]
    public void Items_that_cannot_be_scored_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TextMetrics.E2e([], []));
        Assert.Throws<ArgumentException>(() => TextMetrics.E2e(["a"], []));
        Assert.Throws<ArgumentException>(() => TextMetrics.E2e(["a"], [[]]));
        Assert.Contains("METEOR_JAR", Assert.Throws<UsageException>(() => TextMetrics.E2e(["a"], [["a"]], new E2eOptions { MeteorJar = "/no/such.jar" })).Message, StringComparison.Ordinal);
    }

    private static E2eScores E2e(string[] hypotheses, string[][] references, MtevalVariant variant = MtevalVariant.Pymteval) =>
        TextMetrics.E2e(hypotheses, references, new E2eOptions { Variant = variant, MeteorJar = null });

    private static string Sentence(Random random) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.GetItems(["the", "cat", "cats", "sat", "sitting", "on", "mat", "river"], 1)[0]));

    // Letters, marks, halves of surrogate pairs and all that tokenizers treat specially.
    private static string Noise(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(40); i > 0; i--)
            text.Append(random.Next(3) == 0 ? (char)random.Next(1, 0xFFFF) : Tricky[random.Next(Tricky.Length)]);
        return text.ToString();
    }
}
