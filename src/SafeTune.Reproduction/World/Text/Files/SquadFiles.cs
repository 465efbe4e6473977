using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafeTune.Reproduction.World.Text;

/// <summary>Passages with questions, in SQuAD v1.1's JSON.</summary>
internal static class SquadFiles
{
    private const ulong Seed = 2;
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string folder)
    {
        Chance chance = new(Seed);
        HashSet<string> taken = [];
        WriteFile(Path.Combine(folder, "train-v1.1.json"), chance, taken, passages: 500);
        WriteFile(Path.Combine(folder, "dev-v1.1.json"), chance, taken, passages: 125);
    }

    private static void WriteFile(string path, Chance chance, HashSet<string> taken, int passages)
    {
        List<object> paragraphs = [];
        while (paragraphs.Count < passages)
        {
            Passage passage = new(chance);
            if (taken.Add(passage.Text)) paragraphs.Add(new { context = passage.Text, qas = passage.Questions(taken.Count) });
        }
        AtomicFile.WriteAllText(path, JsonSerializer.Serialize(new { data = new[] { new { title = "World", paragraphs } }, version = "1.1" }, Json) + "\n");
    }

    /// <summary>Three or four deeds, told one after the other, and two questions about them.</summary>
    private sealed class Passage
    {
        private readonly Chance chance;
        private readonly Speaker speaker;
        private readonly (Deed Deed, string Agent, string Patient, string? Place)[] told;

        public Passage(Chance chance)
        {
            (this.chance, speaker) = (chance, new Speaker(chance));
            Mind mind = new(chance);
            told = [.. Enumerable.Range(0, 3 + chance.Below(2)).Select(_ => mind.Deed(placePercent: 60)).Select(deed => (deed, speaker.The(deed.Agent), speaker.The(deed.Patient), deed.Place is { } place ? speaker.Place(place) : null))];
            Text = string.Join(' ', told.Select(Tell));
        }

        public string Text { get; }

        public object[] Questions(int number) => [.. chance.Shuffled(Enumerable.Range(0, told.Length)).Take(2).Select((at, i) => Question(at, FormattableString.Invariant($"w{number}q{i + 1}")))];

        private object Question(int at, string id)
        {
            (Deed deed, string agent, string patient, string? place) = told[at];
            int asked = chance.Below(place is null ? 2 : 3);
            string answer = asked switch { 0 => agent, 1 => patient, _ => place! };
            // The answer is in its own sentence: the same words may stand in another.
            int sentence = told[..at].Sum(entry => Tell(entry).Length + 1);
            int start = Text.IndexOf(answer, sentence, StringComparison.OrdinalIgnoreCase);
            return new { answers = new[] { new { answer_start = start, text = Text.Substring(start, answer.Length) } }, question = speaker.AskAbout(deed, asked), id };
        }

        private static string Tell((Deed Deed, string Agent, string Patient, string? Place) entry) =>
            Speaker.Sentence($"{entry.Agent} {entry.Deed.Verb.Words[entry.Agent.Length % 2].Past} {entry.Patient}{(entry.Place is { } place ? " in " + place : "")}");
    }
}
