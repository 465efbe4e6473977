namespace SafeTune.Tokenization;
internal static class AutoTokenizer { public static WordPiece Load(string folder) => WordPiece.Load(folder); }
