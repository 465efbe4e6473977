namespace SafeTune.Reproduction.World.Text;

/// <summary>The E2E challenge's three files: a pair a line, several references of the same meaning in dev and test.</summary>
internal static class E2eFiles
{
    private const ulong Seed = 3;
    private const int References = 3;

    public static void Write(string folder)
    {
        Restaurants restaurants = new(new Chance(Seed));
        HashSet<string> taken = [];
        WriteFile(Path.Combine(folder, "testset_w_refs.csv"), meanings: 100, References);
        WriteFile(Path.Combine(folder, "devset.csv"), meanings: 60, References);
        WriteFile(Path.Combine(folder, "trainset.csv"), meanings: 800, references: 1);

        void WriteFile(string path, int meanings, int references)
        {
            List<string> lines = ["mr,ref"];
            while (meanings > 0)
            {
                (string Name, string Value)[] slots = restaurants.Draw();
                string meaning = Restaurants.Write(slots);
                if (!taken.Add(meaning)) continue;
                HashSet<string> said = [];
                while (said.Count < references) said.Add(restaurants.Tell(slots));
                lines.AddRange(said.Select(text => $"\"{meaning}\",\"{text}\""));
                meanings--;
            }
            AtomicFile.WriteAllText(path, string.Concat(lines.Select(line => line + "\r\n")));
        }
    }
}
